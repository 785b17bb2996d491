//! One contract's storage, mapped into host memory.

use std::io;
use std::sync::Arc;

use super::error::PagingError;
use super::frames::FrameTable;
use super::populated::populated;
use super::reservation::Reservation;
use super::source::PageSource;
use super::statistics::FrameStatistics;
use super::trap::Trap;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot};

/// A contract's storage in host memory. It is kept between transactions, and one transaction at a time owns it.
///
/// The state root identifies the content of the present, clean pages. After a commit by another transaction or process
/// the account has another state root, which shows that the region is out of date.
#[derive(Debug)]
pub(crate) struct Region {
    frames: Arc<FrameTable>,
    /// Serves hardware faults, under the pagers that use them.
    trap: Option<Arc<dyn Trap>>,
    /// The reservation and the limit of the frame table, copied here for faster access.
    memory: Arc<Reservation>,
    limit: PageCount,
    /// Number of present frames.
    present_count: u32,
    /// The dirty pages in order of first write, under the pagers that detect writes by page checks.
    dirty_pages: Vec<PageIndex>,
    /// Set once every stored page has been loaded: the pages that were forgotten since then.
    forgotten: Option<Vec<PageIndex>>,
    state: StateRoot,
}

impl Region {
    /// Reserves a region of `limit` pages, none of them present.
    pub(crate) fn new(limit: PageCount, state: StateRoot) -> io::Result<Self> {
        Ok(Self::with_frames(FrameTable::new(limit)?, None, state))
    }

    /// Returns a region over a frame table that has no page present.
    pub(super) fn with_frames(frames: FrameTable, trap: Option<Arc<dyn Trap>>, state: StateRoot) -> Self {
        Self {
            memory: frames.memory.clone(),
            limit: frames.limit,
            frames: Arc::new(frames),
            trap,
            present_count: 0,
            dirty_pages: Vec::new(),
            forgotten: None,
            state,
        }
    }

    /// Returns the frame table, which the region shares with a fault handler.
    pub(super) fn frames(&self) -> &Arc<FrameTable> {
        &self.frames
    }

    /// Returns what serves the region's hardware faults; `None` if its pager uses page checks.
    pub(super) fn trap(&self) -> Option<&Arc<dyn Trap>> {
        self.trap.as_ref()
    }

    /// Returns true if the running process has the memory: it is absent in a child of a fork.
    pub(crate) fn is_here(&self) -> bool {
        self.memory.is_here()
    }

    /// Returns the counts since the last call of this function.
    pub(crate) fn take_statistics(&self) -> FrameStatistics {
        self.frames.counters.take()
    }

    /// Adds to the count of pages that were compared with their committed bytes.
    pub(crate) fn count_compared(&self, pages: usize) {
        self.frames.counters.pages_compared.add(pages as u64);
    }

    /// Returns the page limit.
    pub(crate) fn limit(&self) -> PageCount {
        self.limit
    }

    /// Returns the state root that the clean frames belong to.
    pub(crate) fn state(&self) -> StateRoot {
        self.state
    }

    /// Returns the number of present frames.
    pub(crate) fn present_pages(&self) -> u32 {
        self.present_count
    }

    /// Returns the reservation, to be mapped as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    /// Returns the current bytes of a page. They are meaningful only if the page is present.
    pub(crate) fn page(&self, page: PageIndex) -> &PageBytes {
        // SAFETY: the frame is within the accessible bytes. Under a pager that removes rights, the caller has touched
        // the page, so it is readable. The borrow of `self` excludes writes (rules 1 and 3).
        unsafe { &*self.frame(page) }
    }

    /// Returns the current bytes of a page for writing.
    pub(crate) fn page_mut(&mut self, page: PageIndex) -> &mut PageBytes {
        // SAFETY: as in `page`; the borrow is exclusive.
        unsafe { &mut *self.frame(page) }
    }

    /// Loads a page from the store unless it is present.
    pub(super) fn load(&mut self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
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
    pub(super) fn load_all(&mut self, pages: &[PageIndex], source: &dyn PageSource) -> Result<(), PagingError> {
        for &page in pages {
            if !self.limit().contains(page) {
                return Err(PagingError::BeyondLimit { page, limit: self.limit() });
            }
            self.load(page, source)?;
        }
        Ok(())
    }

    /// Records that every stored page is present.
    pub(super) fn mark_complete(&mut self) {
        self.forgotten = Some(Vec::new());
    }

    /// Records that stored pages may be absent, without a list of them.
    pub(super) fn mark_incomplete(&mut self) {
        self.forgotten = None;
    }

    /// Takes the list of forgotten pages, which the caller must load now. `None` if other stored pages may be absent, too.
    pub(super) fn take_forgotten(&mut self) -> Option<Vec<PageIndex>> {
        self.forgotten.as_mut().map(std::mem::take)
    }

    /// Marks a page dirty before its first write. The store keeps its committed bytes until the commit, so no copy of
    /// them is made.
    pub(super) fn mark_dirty(&mut self, page: PageIndex) {
        if self.frames.dirty.insert(page) {
            self.frames.filled.insert(page);
            self.dirty_pages.push(page);
        }
    }

    /// Returns true if a page is marked dirty.
    pub(crate) fn is_written(&self, page: PageIndex) -> bool {
        self.frames.dirty.contains(page)
    }

    /// Returns the pages that are marked dirty, in order of first write.
    pub(super) fn dirty_pages(&self) -> &[PageIndex] {
        &self.dirty_pages
    }

    /// Returns the number of pages that are marked dirty, under the pagers that detect writes by page checks.
    pub(crate) fn written_pages(&self) -> usize {
        self.dirty_pages.len()
    }

    /// Calls `each` for every page that is marked dirty, under the same pagers.
    pub(crate) fn each_written(&self, each: impl FnMut(PageIndex)) {
        self.dirty_pages.iter().copied().for_each(each);
    }

    /// Marks dirty pages clean if they have not changed.
    pub(crate) fn retain_written(&mut self, changed: impl Fn(PageIndex) -> bool) {
        self.dirty_pages.retain(|page| {
            let keep = changed(*page);
            if !keep {
                self.frames.dirty.remove(*page);
            }
            keep
        });
    }

    /// Marks all dirty pages clean: their current bytes are the committed bytes of this state root.
    pub(crate) fn settle(&mut self, state: StateRoot) {
        while let Some(page) = self.dirty_pages.pop() {
            self.frames.dirty.remove(page);
        }
        self.state = state;
    }

    /// Reads the committed bytes of all dirty pages again.
    pub(super) fn undo(&mut self, source: &dyn PageSource) -> Result<(), StoreError> {
        while let Some(page) = self.dirty_pages.pop() {
            self.frames.dirty.remove(page);
            // SAFETY: as in `load`.
            unsafe { self.frames.load(page, source)? };
        }
        Ok(())
    }

    /// Returns the pages whose memory was touched since the region was made or reset, in ascending order. The list may
    /// contain other pages too.
    pub(super) fn populated(&self) -> Vec<PageIndex> {
        populated(&self.frames)
    }

    /// Returns true if a page is present.
    pub(crate) fn is_present(&self, page: PageIndex) -> bool {
        self.frames.present.contains(page)
    }

    /// Returns the frame of a page that gets other bytes than the committed ones.
    pub(crate) fn frame_to_restore(&mut self, page: PageIndex) -> &mut PageBytes {
        self.present_count += u32::from(self.frames.present.insert(page));
        self.mark_dirty(page);
        self.page_mut(page)
    }

    /// Marks dirty pages clean if they are as the store has them, except those for which `keep` returns true. Returns the pages.
    pub(super) fn clean_unchanged(
        &mut self,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<Vec<PageIndex>, StoreError> {
        let unchanged = self.frames.clean_unchanged(self.frames.all(), source, keep)?;
        let frames = &self.frames;
        self.dirty_pages.retain(|page| frames.dirty.contains(*page));
        Ok(unchanged)
    }

    /// Returns the memory of all clean pages to the host, and marks them absent. Only for pagers under which each access to an absent
    /// page is a fault.
    pub(super) fn evict(&mut self) -> io::Result<()> {
        self.present_count -= self.frames.evict(self.frames.all(), |_| Ok(()))?;
        self.forgotten = None;
        Ok(())
    }

    /// Returns the memory of pages that are zero to the host. They stay as they are.
    pub(super) fn discard_zeros(&mut self, pages: &[PageIndex]) -> io::Result<()> {
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
        self.trap.as_ref().map_or(0, |_| self.frames.present.count(self.frames.all()))
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

    fn frame(&self, page: PageIndex) -> *mut PageBytes {
        assert!(self.limit.contains(page), "page {page} is not below the limit of {} pages", self.limit);
        // SAFETY: the frame of a page below the limit lies within the reservation.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize * PAGE_SIZE).cast() }
    }
}
