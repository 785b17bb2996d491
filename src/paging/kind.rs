//! The pagers by name.

use std::fmt;
use std::str::FromStr;

/// A mechanism that brings storage pages into memory and detects writes. It changes costs, never results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum PagerKind {
    /// All stored pages are copied at the start of a transaction; all pages are compared at the end.
    Eager,
    /// A page check is compiled into each access, and a fault is a host call. Frames are kept between transactions.
    #[default]
    Soft,
    /// All stored pages are loaded once and kept. Reads are free, and a page check is compiled into each store. The
    /// contract's stored pages must fit the budget of kept frames.
    Resident,
    /// Pages have no access rights at first. A segmentation fault loads a page; another one makes it writable.
    Sigsegv,
    /// `userfaultfd` reports missing pages, and the kernel records which pages are written.
    Uffd,
}

impl PagerKind {
    /// Every pager.
    pub const ALL: [Self; 5] = [Self::Eager, Self::Soft, Self::Resident, Self::Sigsegv, Self::Uffd];

    /// Returns the name on the command line.
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

/// An unknown name of a pager.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown pager {0:?}: it must be eager, soft, resident, sigsegv or uffd")]
pub struct UnknownPager(pub String);

impl FromStr for PagerKind {
    type Err = UnknownPager;

    fn from_str(name: &str) -> Result<Self, UnknownPager> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownPager(name.to_owned()))
    }
}
