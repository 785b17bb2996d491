//! The pager `resident`: all of a contract's storage stays in memory. Reads are free, writes are checked.

use std::io;
use std::ops::Range;

use super::error::PagingError;
use super::page_table::{Access, PageTable};
use super::pager::Pager;
use super::region::Region;
use super::soft::Soft;
use super::source::PageSource;
use crate::contract::{Checks, StoragePlace};
use crate::units::{PageCount, PageIndex};

/// The first transaction on a region loads every stored page. Later ones load only pages that other transactions have
/// changed. The first write fault of a page marks it dirty, as under `soft`.
#[derive(Debug)]
pub(super) struct Resident;

impl Pager for Resident {
    fn checks(&self) -> Checks {
        Checks::Writes
    }

    fn knows(&self, access: Access) -> bool {
        access == Access::Write
    }

    fn page_table(&self, limit: PageCount, place: StoragePlace) -> io::Result<PageTable> {
        PageTable::allowing(limit, place, &[Access::Read])
    }

    fn enter(&self, region: &mut Region, source: &dyn PageSource, budget: PageCount) -> Result<(), PagingError> {
        let Some(forgotten) = region.take_forgotten() else {
            let stored = source.stored()?;
            let needed = PageCount(stored.len() as u32);
            if needed > budget {
                return Err(PagingError::Budget { needed, budget });
            }
            region.load_all(&stored, source)?;
            region.mark_complete();
            return Ok(());
        };
        let result = region.load_all(&forgotten, source);
        if result.is_err() {
            // The list of forgotten pages is lost: the next transaction loads every stored page again.
            region.mark_incomplete();
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

    /// Reads have no faults, so only pages that are zero need no memory.
    fn evict(
        &self,
        region: &mut Region,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        let unchanged = region.clean_unchanged(source, keep)?;
        Ok(region.discard_zeros(&unchanged)?)
    }

    fn written(&self, region: &Region, source: &dyn PageSource) -> Result<Vec<PageIndex>, PagingError> {
        Soft.written(region, source)
    }
}
