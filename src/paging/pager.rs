//! What a pager is.

use std::fmt;
use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::region::Region;
use super::source::PageSource;
use crate::contract::Checks;
use crate::units::{PageCount, PageIndex, StateRoot};

/// One way to present pages. Without state of its own: that is in the region and in the page table.
///
/// A transaction calls, on a region that is clean: `enter`, then `touch` for every fault and host access, then
/// `written`, and last exactly one of `keep` and `undo`, which leave the region clean.
pub(crate) trait Pager: fmt::Debug + Send + Sync {
    /// Which accesses the code that it runs must check.
    fn checks(&self) -> Checks;

    /// Whether page tables say which pages a call read, or wrote.
    fn knows(&self, access: Access) -> bool;

    /// A page table for a contract with this page limit. It allows nothing by itself, unless the pager says otherwise.
    fn page_table(&self, _limit: PageCount) -> io::Result<PageTable> {
        PageTable::new()
    }

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
