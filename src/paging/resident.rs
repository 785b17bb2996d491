//! All of a contract's storage in memory and kept there: reading is free, writing is checked.

use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::soft::Soft;
use super::source::PageSource;
use crate::contract::Checks;
use crate::units::{PageCount, PageIndex};

/// Every stored page comes in when the region is made, and after that only what other writers have changed. A page's
/// first write fault puts it on the list of written pages, as under `soft`.
#[derive(Debug)]
pub(super) struct Resident;

impl Pager for Resident {
    fn checks(&self) -> Checks {
        Checks::Writes
    }

    fn knows(&self, access: Access) -> bool {
        access == Access::Write
    }

    fn page_table(&self, limit: PageCount) -> io::Result<PageTable> {
        PageTable::open(limit, &[Access::Read])
    }

    fn enter(&self, region: &mut Region, source: &dyn PageSource, budget: PageCount) -> Result<(), PagingError> {
        let Some(missing) = region.take_missing() else {
            let stored = source.stored()?;
            let needed = PageCount(stored.len() as u32);
            if needed > budget {
                return Err(PagingError::Budget { needed, budget });
            }
            region.load_all(&stored, source)?;
            region.mark_whole();
            return Ok(());
        };
        let result = region.load_all(&missing, source);
        if result.is_err() {
            // Nobody knows any more what is missing: the next transaction begins anew.
            region.mark_partial();
        }
        result
    }

    fn touch(
        &self,
        region: &mut Region,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        Soft.touch(region, table, pages, access, source)
    }

    fn written(&self, region: &Region, source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        Soft.written(region, source)
    }
}
