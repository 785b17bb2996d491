//! Which pagers there are, by name.

use std::fmt;
use std::str::FromStr;

/// Which mechanism presents storage pages to a call. It never changes a result, only the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum PagerKind {
    /// All stored pages are copied in at entry; all pages are compared at the end.
    Eager,
    /// A check compiled into each access; a fault is a host call. Frames are kept between calls.
    #[default]
    Soft,
    /// All stored pages are loaded once and kept; reads are free, a check is compiled into each store. For contracts
    /// whose storage is within the budget of frames.
    Resident,
    /// Pages without access rights; a segmentation fault brings a page in, another lets it be written.
    Sigsegv,
    /// Pages that `userfaultfd` reports as missing, and whose writes the kernel notes.
    Uffd,
}

impl PagerKind {
    /// Every pager.
    pub const ALL: [Self; 5] = [Self::Eager, Self::Soft, Self::Resident, Self::Sigsegv, Self::Uffd];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Soft => "soft",
            Self::Resident => "resident",
            Self::Sigsegv => "sigsegv",
            Self::Uffd => "uffd",
        }
    }
}

impl fmt::Display for PagerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no pager has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no pager {0:?}; there are: eager, soft, resident, sigsegv, uffd")]
pub struct UnknownPager(pub String);

impl FromStr for PagerKind {
    type Err = UnknownPager;

    fn from_str(name: &str) -> Result<Self, UnknownPager> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownPager(name.to_owned()))
    }
}
