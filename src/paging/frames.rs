//! The frame table of a region, which the region's owner and the fault handler of its thread share.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::bits::PageSet;
use super::page_table::Access;
use super::reservation::Reservation;
use super::source::PageSource;
use super::statistics::Counters;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex};

/// The frames of a contract's pages, with the set of present pages and the set of dirty pages.
#[derive(Debug)]
pub(super) struct FrameTable {
    pub(super) memory: Arc<Reservation>,
    pub(super) limit: PageCount,
    /// Pages whose bytes are in their frames.
    pub(super) present: PageSet,
    /// Pages whose frames may differ from the committed bytes.
    pub(super) dirty: PageSet,
    /// Pages whose frames may hold other bytes than zeros, under the pagers that mark pages dirty before they are written. All other
    /// frames are as the host gave them, and take no memory as long as they are only read.
    pub(super) filled: PageSet,
    pub(super) counters: Counters,
}

impl FrameTable {
    /// Returns a frame table over a reservation with `limit` accessible pages, none of them present.
    pub(super) fn with(memory: Arc<Reservation>, limit: PageCount) -> Self {
        let [present, dirty, filled] = [(); 3].map(|()| PageSet::new(limit));
        Self { memory, limit, present, dirty, filled, counters: Counters::default() }
    }

    /// Returns the address of a page's frame.
    ///
    /// # Panics
    /// Panics if the page is not below the limit.
    pub(super) fn page(&self, page: PageIndex) -> *mut PageBytes {
        assert!(self.limit.contains(page), "page {page} is not below the limit of {} pages", self.limit);
        // SAFETY: the frame of a page below the limit lies within the reservation.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize * PAGE_SIZE).cast() }
    }

    /// Copies a page from the store into its frame, even if the page is present already. A page that is not stored takes no memory if
    /// its frame is zero.
    ///
    /// # Safety
    /// The frame must be accessible, no reference to it may exist, and the caller must be the one party that accesses the
    /// region now (rule 1): its owner, or the handler of a fault of the code that the region is lent to.
    pub(super) unsafe fn load(&self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
        if self.filled.contains(page) {
            // SAFETY: the frame lies in the reservation; the caller ensures that it is writable and not aliased.
            source.read(page, unsafe { &mut *self.page(page) })?;
        } else {
            let mut bytes = [0; PAGE_SIZE];
            if source.read(page, &mut bytes)? {
                self.filled.insert(page);
                // SAFETY: as above.
                unsafe { *self.page(page) = bytes };
            }
        }
        self.counters.pages_loaded.add(1);
        self.present.insert(page);
        Ok(())
    }

    /// Counts one fault.
    #[inline]
    pub(super) fn count_fault(&self, access: Access) {
        match access {
            Access::Read => self.counters.read_faults.add(1),
            Access::Write => self.counters.write_faults.add(1),
        }
    }

    /// Returns the memory of pages to the host and marks the pages absent and clean. The caller must own the region.
    pub(super) fn discard(&self, pages: Range<u32>) -> io::Result<()> {
        self.counters.system_calls.add(u64::from(!pages.is_empty()));
        self.memory.discard(pages.clone())?;
        self.present.clear(pages.clone());
        self.filled.clear(pages.clone());
        self.dirty.clear(pages);
        Ok(())
    }

    /// Marks dirty pages of a range clean if they are as the store has them, except those for which `keep` returns true. Returns the pages, in
    /// ascending order.
    ///
    /// The caller must own the region, and all dirty pages must be readable.
    pub(super) fn clean_unchanged(
        &self,
        pages: Range<u32>,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<Vec<PageIndex>, StoreError> {
        let mut committed = [0; PAGE_SIZE];
        let mut unchanged = Vec::new();
        for page in self.dirty.members(pages).filter(|page| !keep(*page)) {
            source.read(page, &mut committed)?;
            // SAFETY: the frame is readable, and no other party accesses it: the caller owns the region.
            if unsafe { *self.page(page) } == committed {
                unchanged.push(page);
            }
        }
        unchanged.iter().for_each(|page| _ = self.dirty.remove(*page));
        Ok(unchanged)
    }

    /// Returns the memory of the clean pages of a range to the host, marks them absent, and calls `each` for every run of them. Returns
    /// their number. The caller must own the region.
    pub(super) fn evict(
        &self,
        pages: Range<u32>,
        mut each: impl FnMut(Range<u32>) -> io::Result<()>,
    ) -> io::Result<u32> {
        let is_clean = |page: u32| self.present.contains(PageIndex(page)) && !self.dirty.contains(PageIndex(page));
        let (mut next, mut count) = (pages.start, 0);
        while let Some(start) = (next..pages.end).find(|page| is_clean(*page)) {
            next = (start..pages.end).find(|page| !is_clean(*page)).unwrap_or(pages.end);
            self.counters.system_calls.add(1);
            self.memory.discard(start..next)?;
            for page in (start..next).map(PageIndex) {
                self.present.remove(page);
                self.filled.remove(page);
            }
            each(start..next)?;
            count += next - start;
        }
        Ok(count)
    }

    /// Returns the range of all pages.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.limit.0
    }
}
