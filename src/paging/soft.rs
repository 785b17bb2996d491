//! Software page tables: checks in the code, faults as host calls, frames that stay.

use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::source::PageSource;
use crate::contract::Checks;
use crate::units::PageIndex;

/// Pages come in at their first fault and stay; a page's first write fault puts it on the list of written pages.
#[derive(Debug)]
pub(super) struct Soft;

impl Pager for Soft {
    fn checks(&self) -> Checks {
        Checks::All
    }

    fn knows(&self, _access: Access) -> bool {
        true
    }

    /// Brings in the pages that the call may not touch yet, notes those to be written, and gives the right.
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
                region.mark_written(page);
            }
            table.allow(page, access);
        }
        Ok(())
    }

    /// The pages that were noted.
    fn written(&self, region: &Region, _source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        let mut pages = region.written().to_vec();
        pages.sort_unstable();
        Ok(pages)
    }
}
