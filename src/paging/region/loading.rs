//! Loading the pages of a region, and giving them up.

use std::io;

use super::super::error::PagingError;
use super::super::populated::populated;
use super::super::source::PageSource;
use super::Region;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageIndex, StateRoot};

impl Region {
    /// Loads a page from the store unless it is present.
    pub(in crate::paging) fn load(&mut self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
        if self.frames.present.contains(page) {
            return Ok(());
        }
        // SAFETY: the region is borrowed mutably, so no other party accesses its bytes (rules 1 and 3). Frames are
        // writable under the pagers that call this function.
        unsafe { self.frames.load(page, source)? };
        self.present_count += 1;
        Ok(())
    }

    /// Loads pages that the store has listed.
    pub(in crate::paging) fn load_all(
        &mut self,
        pages: &[PageIndex],
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        for &page in pages {
            if !self.limit().contains(page) {
                return Err(PagingError::BeyondLimit { page, limit: self.limit() });
            }
            self.load(page, source)?;
        }
        Ok(())
    }

    /// Records that every stored page is present.
    pub(in crate::paging) fn mark_complete(&mut self) {
        self.forgotten = Some(Vec::new());
    }

    /// Records that stored pages may be absent, without a list of them.
    pub(in crate::paging) fn mark_incomplete(&mut self) {
        self.forgotten = None;
    }

    /// Takes the list of forgotten pages, which the caller must load now. `None` if other stored pages may be absent, too.
    pub(in crate::paging) fn take_forgotten(&mut self) -> Option<Vec<PageIndex>> {
        self.forgotten.as_mut().map(std::mem::take)
    }

    /// Returns the pages whose memory was touched since the region was made or reset, in ascending order. The list may
    /// contain other pages too.
    pub(in crate::paging) fn populated(&self) -> Vec<PageIndex> {
        populated(&self.frames)
    }

    /// Returns true if a page is present.
    pub(crate) fn is_present(&self, page: PageIndex) -> bool {
        self.frames.present.contains(page)
    }

    /// Returns the memory of all clean pages to the host, and marks them absent. Only for pagers under which each access to an absent
    /// page is a fault.
    pub(in crate::paging) fn evict(&mut self) -> io::Result<()> {
        self.present_count -= self.frames.evict(self.frames.all(), |_| Ok(()))?;
        self.forgotten = None;
        Ok(())
    }

    /// Returns the memory of pages that are zero to the host. They stay as they are.
    pub(in crate::paging) fn discard_zeros(&mut self, pages: &[PageIndex]) -> io::Result<()> {
        for &page in pages {
            if *self.page(page) == [0; PAGE_SIZE] {
                self.frames.counters.system_calls.add(1);
                self.memory.discard(page.0..page.0 + 1)?;
                self.frames.filled.remove(page);
            }
        }
        Ok(())
    }

    /// Returns the number of pages that a hardware pager has loaded, or some more.
    pub(crate) fn trapped_pages(&self) -> u32 {
        self.trap.as_ref().map_or(0, |trap| self.frames.present.count(trap.touched()))
    }

    /// Marks a page absent: it is loaded again on its next touch.
    pub(crate) fn forget(&mut self, page: PageIndex) {
        if !self.limit().contains(page) {
            return;
        }
        self.present_count -= u32::from(self.frames.present.remove(page));
        // Also for a page that is absent: it may have been stored for the first time.
        self.forgotten.iter_mut().for_each(|forgotten| forgotten.push(page));
    }

    /// Marks all pages absent, but keeps their host memory for the next load. The region must be clean.
    pub(crate) fn forget_all(&mut self) {
        self.frames.present.clear(self.frames.all());
        self.present_count = 0;
        self.forgotten = None;
    }

    /// Marks all pages absent and returns their memory to the host: all bytes are zero.
    pub(crate) fn reset(&mut self, state: StateRoot) -> io::Result<()> {
        match &self.trap {
            Some(trap) => trap.reset(&self.frames)?,
            None => self.frames.discard(self.frames.all())?,
        }
        self.present_count = 0;
        self.forgotten = None;
        self.settle(state);
        Ok(())
    }
}
