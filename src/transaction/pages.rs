//! How the running contract, and the host on its behalf, get at pages of its storage.

use std::ops::Range;

use super::state::Transaction;
use super::visited::Visited;
use crate::machine::{Stop, static_write};
use crate::paging::{Access, PageTable, PagingError};
use crate::receipt::Phase;
use crate::units::{PageBytes, PageIndex};

impl Transaction {
    /// Makes pages, all below the limit, ready to be touched by the call of a page table.
    pub(super) fn touch_pages(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop> {
        self.was(Phase::Execution);
        if access == Access::Write {
            if table.is_read_only() {
                return Err(static_write("a store to storage"));
            }
            if self.depth > 0 && self.pager.knows(Access::Write) {
                self.note_writes(table, pages.clone());
            }
        }
        let pager = self.pager;
        let (region, source) = self.split();
        let touched = pager.touch(region, table, pages, access, &source);
        self.was(Phase::Faults);
        touched.map_err(|error| self.end_all(error.into()))
    }

    fn note_writes(&mut self, table: &PageTable, pages: Range<u32>) {
        let Visited { region, address, .. } = &*self.here;
        for page in pages.map(PageIndex).filter(|page| !table.allows(*page, Access::Write)) {
            let before = region.is_written(page).then(|| region.page(page));
            self.journal.note(*address, page, before);
        }
    }

    /// Notes what the running call has written, if somebody wants to know.
    pub(super) fn trace_writes(&mut self, table: &PageTable) -> Result<(), Stop> {
        let Self { tracer: Some(tracer), here, pager, snapshot, .. } = self else { return Ok(()) };
        let noted = tracer.note_writes(table, (here.address, &here.region), *pager, &**snapshot);
        noted.map_err(|error| self.end_all(PagingError::from(error).into()))
    }

    /// A page to be read by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(super) fn page_to_read(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        if !table.allows(page, Access::Read) {
            self.bring_in(table, page, Access::Read)?;
        }
        Ok(self.here.region.page(page))
    }

    /// A page to be written by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(super) fn page_to_write(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        if !table.allows(page, Access::Write) {
            self.bring_in(table, page, Access::Write)?;
        }
        Ok(self.here.region.page_mut(page))
    }

    #[cold]
    #[inline(never)]
    fn bring_in(&mut self, table: &mut PageTable, page: PageIndex, access: Access) -> Result<(), Stop> {
        self.touch_pages(table, page.0..page.0 + 1, access)
    }
}
