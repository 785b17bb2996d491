//! The pager `soft`: page checks in the code, faults as host calls, kept frames.

use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::source::PageSource;
use crate::contract::Checks;
use crate::units::PageIndex;

/// The first fault of a page loads it unless its frame was kept. The frame is kept for later transactions. The first write fault
/// of a page marks it dirty.
#[derive(Debug)]
pub(super) struct Soft;

impl Pager for Soft {
    fn checks(&self) -> Checks {
        Checks::All
    }

    fn knows(&self, _access: Access) -> bool {
        true
    }

    /// Gives the call this access to every page for which it does not have it yet: loads the page unless it is present, and
    /// marks it dirty if the access is a write.
    fn touch(
        &self,
        region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        for page in pages.map(PageIndex) {
            if table.allows(page, access) {
                continue;
            }
            region.frames().count_fault(access);
            region.load(page, source)?;
            if access == Access::Write {
                region.mark_dirty(page);
            }
            table.allow(page, access);
        }
        Ok(())
    }

    fn evict(
        &self,
        region: &mut Region,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        region.clean_unchanged(source, keep)?;
        Ok(region.evict()?)
    }

    fn written(&self, region: &Region, _source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        let mut pages = region.dirty_pages().to_vec();
        pages.sort_unstable();
        Ok(pages)
    }
}
