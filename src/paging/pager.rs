//! The interface of all pagers.

use std::fmt;
use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::extent::Extent;
use super::page_table::{Access, PageTable};
use super::region::Region;
use super::source::PageSource;
use crate::contract::{Checks, StoragePlace};
use crate::units::{PageCount, PageIndex, StateRoot};

/// A mechanism that loads pages into a region and detects writes. It is stateless: all state is in the region and in the
/// page table.
///
/// A transaction starts with a clean region. It calls `enter` once, `touch` for every fault and every access by a host
/// function, then `written`, and at last either `keep` or `undo`, which leaves the region clean.
pub(crate) trait Pager: fmt::Debug + Send + Sync {
    /// Returns which accesses must be checked in the code that runs under this pager.
    fn checks(&self) -> Checks;

    /// Returns true if the page table of a call records exactly which pages the call accessed in this way.
    fn knows(&self, access: Access) -> bool;

    /// Returns a page table for a contract with this page limit. The default table allows nothing yet.
    fn page_table(&self, _limit: PageCount, place: StoragePlace) -> io::Result<PageTable> {
        PageTable::new(place)
    }

    /// Returns a new region for this pager. `window` is the maximum number of pages that one fault loads.
    fn region(&self, extent: Extent<'_>, state: StateRoot, _window: PageCount) -> io::Result<Region> {
        Region::new(extent, state)
    }

    /// Prepares the region for the first call of a transaction into the contract. `budget` is the number of frames that
    /// may be kept between calls. The default does nothing: the pager loads pages on their first touch.
    fn enter(&self, _region: &mut Region, _source: &dyn PageSource, _budget: PageCount) -> Result<(), PagingError> {
        Ok(())
    }

    /// Loads pages and sets the bits of this access in the page table. All of `pages` must be below the limit.
    fn touch(
        &self,
        region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), PagingError>;

    /// Returns memory of unchanged pages to the host, while no code runs on the region, except of pages for which `keep` returns true.
    /// Page tables that have allowed accesses must be cleared. The default keeps everything.
    fn evict(
        &self,
        _region: &mut Region,
        _source: &dyn PageSource,
        _keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        Ok(())
    }

    /// Returns the dirty pages, in ascending order. Every other page equals its committed bytes.
    fn written(&self, region: &Region, source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError>;

    /// Makes the region clean after a commit: its content is committed and has this state root. The default keeps all
    /// frames.
    fn keep(&self, region: &mut Region, state: StateRoot) -> Result<(), PagingError> {
        region.settle(state);
        Ok(())
    }

    /// Makes the region clean without a commit. The default reads the committed bytes of all dirty pages again.
    fn undo(&self, region: &mut Region, source: &dyn PageSource) -> Result<(), PagingError> {
        Ok(region.undo(source)?)
    }
}
