//! What implements each kind of pager, where this host can run it.

use super::availability::Unavailable;
use super::eager::Eager;
use super::hardware::Hardware;
use super::kind::PagerKind;
use super::pager::Pager;
use super::resident::Resident;
use super::soft::Soft;

impl PagerKind {
    /// The pagers that this host can run.
    pub fn available() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(|kind| kind.availability().is_ok())
    }

    /// Whether this host can run it; if not, why, and what would help.
    pub fn availability(self) -> Result<(), Unavailable> {
        self.pager().map(drop)
    }

    pub(crate) fn pager(self) -> Result<&'static dyn Pager, Unavailable> {
        Ok(match self {
            Self::Eager => &Eager,
            Self::Soft => &Soft,
            Self::Resident => &Resident,
            Self::Sigsegv => Hardware::sigsegv()?,
            Self::Uffd => Hardware::uffd()?,
        })
    }
}
