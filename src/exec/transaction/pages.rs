//! How the running contract, and the host on its behalf, get at pages of its storage.

use std::ops::Range;

use super::{Transaction, static_write};
use crate::exec::outcome::Stop;
use crate::exec::split::Phase;
use crate::exec::visited::Visited;
use crate::exec::wrong::{self, Wrong};
use crate::paging::{Access, PageTable, PagingError, Watch};
use crate::units::{PageBytes, PageIndex};

impl Transaction {
    /// Makes pages, all below the limit, ready to be touched by the call of a page table.
    pub(in crate::exec) fn touch(
        &mut self,
        table: &mut PageTable,
        pages: Range<u32>,
        access: Access,
    ) -> Result<(), Stop> {
        self.was(Phase::Execution);
        if access == Access::Write {
            if table.is_read_only() && !wrong::is(Wrong::StaticWrites) {
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
        touched.map_err(|error| self.fail(error.into()))
    }

    fn note_writes(&mut self, table: &PageTable, pages: Range<u32>) {
        let Visited { region, address, .. } = &self.here;
        for page in pages.map(PageIndex).filter(|page| !table.allows(*page, Access::Write)) {
            let before = region.is_written(page).then(|| region.page(page));
            self.journal.note(*address, page, before);
        }
    }

    /// Notes what the running call has written, if somebody wants to know.
    pub(in crate::exec) fn trace_writes(&mut self, table: &PageTable) -> Result<(), Stop> {
        let Self { tracer: Some(tracer), here, pager, snapshot, .. } = self else { return Ok(()) };
        let noted = tracer.note_writes(table, here, *pager, &**snapshot);
        noted.map_err(|error| self.fail(PagingError::from(error).into()))
    }

    /// Has faults in the running contract's storage served, if its pager takes any, as long as the value lives.
    pub(in crate::exec) fn watch(&self) -> Option<Watch> {
        Watch::begin(&self.here.region, &self.snapshot, self.here.address)
    }

    /// A page to be read by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(crate) fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        if !table.allows(page, Access::Read) {
            self.bring_in(table, page, Access::Read)?;
        }
        Ok(self.here.region.page(page))
    }

    /// A page to be written by the host on behalf of the call of a page table. The page is below the limit.
    #[inline]
    pub(crate) fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        if !table.allows(page, Access::Write) {
            self.bring_in(table, page, Access::Write)?;
        }
        Ok(self.here.region.page_mut(page))
    }

    #[cold]
    #[inline(never)]
    fn bring_in(&mut self, table: &mut PageTable, page: PageIndex, access: Access) -> Result<(), Stop> {
        self.touch(table, page.0..page.0 + 1, access)
    }
}
