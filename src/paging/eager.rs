//! The pager `eager`: it copies all stored pages at the start of a transaction and compares all pages at the end.

use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::source::PageSource;
use crate::contract::{Checks, StoragePlace};
use crate::units::{PAGE_SIZE, PageCount, PageIndex, StateRoot};

/// The naive pager. It needs nothing from the host or the code, and pays for every stored page in every transaction.
///
/// It does not compare pages that no access has touched since the region was reset: they are zero, and the host can list
/// the others. So a contract with a large page limit does not pay for pages that it never used.
#[derive(Debug)]
pub(super) struct Eager;

impl Pager for Eager {
    fn checks(&self) -> Checks {
        Checks::None
    }

    fn knows(&self, _access: Access) -> bool {
        false
    }

    fn page_table(&self, limit: PageCount, place: StoragePlace) -> io::Result<PageTable> {
        PageTable::allowing(limit, place, &[Access::Read, Access::Write])
    }

    fn enter(&self, region: &mut Region, source: &dyn PageSource, _budget: PageCount) -> Result<(), PagingError> {
        region.load_all(&source.stored()?, source)
    }

    fn touch(
        &self,
        _region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        _source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        // Only a static call has a page table that does not allow all accesses from the start.
        for page in pages.map(PageIndex) {
            if !table.allows(page, access) {
                table.allow(page, access);
            }
        }
        Ok(())
    }

    /// No access has a fault, so only pages that are zero need no memory.
    fn evict(
        &self,
        region: &mut Region,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        let mut committed = [0; PAGE_SIZE];
        let mut zeros = Vec::new();
        for page in region.populated() {
            if !keep(page) && !source.read(page, &mut committed)? {
                zeros.push(page);
            }
        }
        Ok(region.discard_zeros(&zeros)?)
    }

    fn written(&self, region: &Region, _source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        Ok(region.populated())
    }

    fn keep(&self, region: &mut Region, state: StateRoot) -> Result<(), PagingError> {
        Ok(region.reset(state)?)
    }

    fn undo(&self, region: &mut Region, _source: &dyn PageSource) -> Result<(), PagingError> {
        Ok(region.reset(region.state())?)
    }
}
