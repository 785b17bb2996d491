//! Plain copying: everything in at entry, everything compared at the end.

use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::source::PageSource;
use crate::contract::Checks;
use crate::units::{PageCount, PageIndex, StateRoot};

/// The naive form: it needs nothing from the host or the code, and pays for every stored page in every transaction.
///
/// Pages that no access has touched since the region was reset are known to the host: they are zero and are not
/// looked at, or a contract with a large page limit would pay for pages that it never had.
#[derive(Debug)]
pub(super) struct Eager;

impl Pager for Eager {
    fn checks(&self) -> Checks {
        Checks::None
    }

    fn knows(&self, _access: Access) -> bool {
        false
    }

    fn page_table(&self, limit: PageCount) -> io::Result<PageTable> {
        PageTable::open(limit, &[Access::Read, Access::Write])
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
        // Only a call that may only read is checked, with a page table that gives no right by itself.
        for page in pages.map(PageIndex) {
            if !table.allows(page, access) {
                table.allow(page, access);
            }
        }
        Ok(())
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
