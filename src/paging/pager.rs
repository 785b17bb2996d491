//! What a pager is, and which there are.

use std::fmt;
use std::io;
use std::ops::Range;
use std::str::FromStr;

use super::availability::Unavailable;
use super::eager::Eager;
use super::hardware;
use super::page_table::{Access, PageTable};
use super::region::Region;
use super::resident::Resident;
use super::soft::Soft;
use super::source::PageSource;
use crate::contract::Checks;
use crate::store::StoreError;
use crate::units::{PageCount, PageIndex, StateRoot};

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
            Self::Sigsegv => hardware::sigsegv()?,
            Self::Uffd => hardware::uffd()?,
        })
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

/// A page that could not be presented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PagingError {
    /// The store did not give the page.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds a page that the contract cannot have.
    #[error("the store holds page {page} of a contract that is limited to {limit} pages")]
    BeyondLimit {
        /// Which page.
        page: PageIndex,
        /// The contract's page limit.
        limit: PageCount,
    },
    /// The contract stores more pages than may be kept.
    #[error("{needed} stored pages are more than the {budget} frames that may be kept in memory")]
    Budget {
        /// Pages stored.
        needed: PageCount,
        /// Frames that may be kept.
        budget: PageCount,
    },
    /// The host did not give or take back memory.
    #[error("the host refused memory for storage pages: {0}")]
    Memory(#[from] io::Error),
}

/// One way to present pages. Without state of its own: that is in the region and in the page table.
///
/// A transaction calls, on a region that is clean: `enter`, then `touch` for every fault and host access, then
/// `written`, and last exactly one of `keep` and `undo`, which leave the region clean.
pub(crate) trait Pager: fmt::Debug + Send + Sync {
    /// Which accesses the code that it runs must check.
    fn checks(&self) -> Checks;

    /// Whether page tables say which pages a call read, or wrote.
    fn knows(&self, access: Access) -> bool;

    /// A page table for a contract with this page limit.
    fn page_table(&self, limit: PageCount) -> io::Result<PageTable>;

    /// A region that this pager can present; `window`: the most pages that one fault may bring in.
    fn region(&self, limit: PageCount, state: StateRoot, _window: PageCount) -> io::Result<Region> {
        Region::new(limit, state)
    }

    /// Before the first call of a transaction into the contract. `budget`: the frames that may be kept between calls.
    /// Nothing, where pages come in when they are touched.
    fn enter(&self, _region: &mut Region, _source: &dyn PageSource, _budget: PageCount) -> Result<(), PagingError> {
        Ok(())
    }

    /// Makes pages ready to be read or written by the call of the page table. `pages` is below the limit.
    fn touch(
        &self,
        region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), PagingError>;

    /// The pages that may differ from their committed bytes, in ascending order. All others are the same.
    fn written(&self, region: &Region, source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError>;

    /// What the region holds is committed and has this state root. Its frames stay, unless the pager says otherwise.
    fn keep(&self, region: &mut Region, state: StateRoot) -> Result<(), PagingError> {
        region.settle(state);
        Ok(())
    }

    /// What the region holds is not to be kept: the written pages are as committed again, unless the pager says otherwise.
    fn undo(&self, region: &mut Region, source: &dyn PageSource) -> Result<(), PagingError> {
        Ok(region.undo(source)?)
    }
}
