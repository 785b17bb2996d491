//! Access of the running call, and of host functions on its behalf, to pages of storage.

use std::ops::Range;

use super::state::Transaction;
use super::visit::Visit;
use crate::machine::{Stop, static_write};
use crate::paging::{Access, ContractPages, PageTable, PagingError};
use crate::receipt::Phase;
use crate::units::{PageBytes, PageIndex};

/// The number of frames that a transaction loads before it returns those of unchanged pages to the host: 256 MiB.
const FRAMES_TO_EVICTION: u32 = 1 << 16;

impl Transaction {
    /// Makes pages present for the call of a page table, and allows it the access. All pages are below the page limit.
    pub(super) fn touch_pages(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop> {
        self.lap(Phase::Execution);
        if access == Access::Write {
            if table.is_read_only() {
                return Err(static_write("a store to storage"));
            }
            if self.journal.records() {
                self.journal_writes(table, pages.clone());
            }
        }
        let pager = self.pager;
        let (region, source) = self.split();
        let present = region.present_pages();
        let touched = pager.touch(region, table, pages, access, &source);
        let loaded = region.present_pages() - present;
        self.frames_loaded += loaded;
        self.lap(Phase::Faults);
        touched.map_err(|error| self.abort(error.into()))
    }

    /// Evicts unchanged pages if many were loaded. This happens at the beginning of a nested call only: the code of a call leaves out
    /// page checks of pages that it has checked since its last call.
    pub(super) fn make_room(&mut self) -> Result<(), PagingError> {
        let visits = [&self.current].into_iter().chain(&self.other_contracts);
        let trapped: u32 = visits.map(|visit| visit.region.trapped_pages()).sum();
        let loaded = self.frames_loaded.max(trapped).max(self.journal.written_pages());
        if loaded > FRAMES_TO_EVICTION { self.evict() } else { Ok(()) }
    }

    /// Returns the memory of unchanged pages of all contracts to the host, as far as the pager can. The page tables of all calls are
    /// cleared before these go on.
    #[cold]
    #[inline(never)]
    fn evict(&mut self) -> Result<(), PagingError> {
        self.frames_loaded = 0;
        self.journal.make_stale();
        let Self { pager, current, other_contracts, snapshot, journal, .. } = self;
        for visit in [current].into_iter().chain(other_contracts) {
            let Visit { region, address, .. } = &mut **visit;
            let keep = |page| journal.has_copy(&(*address, page));
            pager.evict(region, &ContractPages { snapshot: &**snapshot, address }, &keep)?;
        }
        Ok(())
    }

    /// Records the pre-images of the pages that the call may not write yet.
    fn journal_writes(&mut self, table: &PageTable, pages: Range<u32>) {
        let Visit { region, address, .. } = &*self.current;
        for page in pages.map(PageIndex).filter(|page| !table.allows(*page, Access::Write)) {
            let dirty = region.is_written(page).then(|| region.page(page));
            self.journal.record((*address, page), dirty);
        }
    }

    /// Clears the page table of a call that goes on after a nested call, if the transaction must hear of its next accesses.
    pub(super) fn renew_table(&mut self, table: &mut PageTable) {
        if self.journal.take_stale() {
            self.clear_table(table);
        }
    }

    fn clear_table(&mut self, table: &mut PageTable) {
        if let Some(tracer) = &mut self.tracer {
            tracer.add_touched(table);
        }
        self.current.clear_table(table);
    }

    /// Adds the writes of the running call to the trace, if writes are traced.
    pub(super) fn trace_writes(&mut self, table: &PageTable) -> Result<(), Stop> {
        let Self { tracer: Some(tracer), current, pager, snapshot, .. } = self else { return Ok(()) };
        let traced = tracer.add_writes(table, current.address, &current.region, *pager, &**snapshot);
        traced.map_err(|error| self.abort(PagingError::from(error).into()))
    }

    /// Returns a page for a host function to read on behalf of the call. The page is below the page limit.
    #[inline]
    pub(super) fn page_to_read(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        if !table.allows(page, Access::Read) {
            self.fault(table, page, Access::Read)?;
        }
        Ok(self.current.region.page(page))
    }

    /// Returns a page for a host function to write on behalf of the call. The page is below the page limit.
    #[inline]
    pub(super) fn page_to_write(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        if !table.allows(page, Access::Write) {
            self.fault(table, page, Access::Write)?;
        }
        Ok(self.current.region.page_mut(page))
    }

    #[cold]
    #[inline(never)]
    fn fault(&mut self, table: &mut PageTable, page: PageIndex, access: Access) -> Result<(), Stop> {
        self.touch_pages(table, page.0..page.0 + 1, access)
    }
}
