//! The implementation of each kind of pager.

use super::availability::Unavailable;
use super::eager::Eager;
use super::hardware::Hardware;
use super::kind::PagerKind;
use super::pager::Pager;
use super::resident::Resident;
use super::soft::Soft;

impl PagerKind {
    /// Returns the pagers that this host can run.
    pub fn available() -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(|kind| kind.availability().is_ok())
    }

    /// Checks whether this host can run the pager.
    ///
    /// # Errors
    /// Returns the reason if it cannot, and how to enable the pager.
    pub fn availability(self) -> Result<(), Unavailable> {
        self.pager().map(drop)
    }

    /// Returns the implementation, or why this host cannot run it.
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
