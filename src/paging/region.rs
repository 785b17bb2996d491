//! One contract's storage in memory.

use std::io;
use std::sync::Arc;

use super::error::PagingError;
use super::frames::Frames;
use super::populated::populated;
use super::reservation::Reservation;
use super::source::PageSource;
use super::statistics::FrameStatistics;
use super::trap::Trap;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot};

/// A contract's pages in memory, kept between transactions and owned by one at a time.
///
/// The state root says what its clean present pages hold: a root stands for one content only, so a region that was
/// left behind by another writer, of this process or another, shows itself.
#[derive(Debug)]
pub(crate) struct Region {
    frames: Arc<Frames>,
    /// What serves the faults of the processor, for the pagers that take them.
    trap: Option<Arc<dyn Trap>>,
    /// That of the frames, and their limit, at hand.
    memory: Arc<Reservation>,
    limit: PageCount,
    /// How many frames are kept.
    present_count: u32,
    /// The written pages, in order of first write, under a pager that learns of it in the code of a call.
    written_pages: Vec<PageIndex>,
    /// Where every stored page was once brought in: the pages that have to be read again.
    missing: Option<Vec<PageIndex>>,
    state: StateRoot,
}

impl Region {
    /// A region of `limit` pages without any frame.
    pub(crate) fn new(limit: PageCount, state: StateRoot) -> io::Result<Self> {
        Ok(Self::of(Frames::new(limit)?, None, state))
    }

    /// A region of frames of which none is present.
    pub(super) fn of(frames: Frames, trap: Option<Arc<dyn Trap>>, state: StateRoot) -> Self {
        Self {
            memory: frames.memory.clone(),
            limit: frames.limit,
            frames: Arc::new(frames),
            trap,
            present_count: 0,
            written_pages: Vec::new(),
            missing: None,
            state,
        }
    }

    /// What the region shares with a fault handler.
    pub(super) fn frames(&self) -> &Arc<Frames> {
        &self.frames
    }

    /// What serves its faults, if they come from the processor.
    pub(super) fn trap(&self) -> Option<&Arc<dyn Trap>> {
        self.trap.as_ref()
    }

    /// What was done since this was last asked.
    pub(crate) fn take_statistics(&self) -> FrameStatistics {
        self.frames.counters.take()
    }

    /// Counts pages that were compared with their committed bytes.
    pub(crate) fn count_compared(&self, pages: usize) {
        self.frames.counters.pages_compared.add(pages as u64);
    }

    /// How many pages the contract may use.
    pub(crate) fn limit(&self) -> PageCount {
        self.limit
    }

    /// The state root that the clean frames belong to.
    pub(crate) fn state(&self) -> StateRoot {
        self.state
    }

    /// How many frames are present.
    pub(crate) fn present_pages(&self) -> u32 {
        self.present_count
    }

    /// The mapping, to be presented as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    /// The bytes of a page as they are. Pages that are not present have no meaning under a pager that checks.
    pub(crate) fn page(&self, page: PageIndex) -> &PageBytes {
        // SAFETY: the page is below the limit, so within the accessible bytes, and readable: under a pager that takes
        // rights away, who asks has made it ready. The borrow of `self` keeps others from writing (rules 1 and 3).
        unsafe { &*self.place(page) }
    }

    /// The bytes of a page, to be changed.
    pub(crate) fn page_mut(&mut self, page: PageIndex) -> &mut PageBytes {
        // SAFETY: as in `page`; the borrow is exclusive.
        unsafe { &mut *self.place(page) }
    }

    /// Brings a page in from the store unless its frame is present.
    pub(super) fn load(&mut self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
        if self.frames.present.contains(page) {
            return Ok(());
        }
        // SAFETY: the region is borrowed mutably, so its bytes are ours and nobody holds a reference to them.
        unsafe { self.frames.load(page, source)? };
        self.present_count += 1;
        Ok(())
    }

    /// Brings in pages that the store listed.
    pub(super) fn load_all(&mut self, pages: &[PageIndex], source: &dyn PageSource) -> Result<(), PagingError> {
        for &page in pages {
            if !self.limit().contains(page) {
                return Err(PagingError::BeyondLimit { page, limit: self.limit() });
            }
            self.load(page, source)?;
        }
        Ok(())
    }

    /// Says that every stored page is present.
    pub(super) fn mark_whole(&mut self) {
        self.missing = Some(Vec::new());
    }

    /// Says that stored pages may be absent that nobody lists.
    pub(super) fn mark_partial(&mut self) {
        self.missing = None;
    }

    /// The pages to be read again since every stored page was present, to be brought in now; nothing if they never all
    /// were.
    pub(super) fn take_missing(&mut self) -> Option<Vec<PageIndex>> {
        self.missing.as_mut().map(std::mem::take)
    }

    /// Notes that a page is about to change. Its committed bytes stay readable in the store until the commit: they
    /// are its pre-image.
    pub(super) fn mark_written(&mut self, page: PageIndex) {
        if self.frames.written.insert(page) {
            self.written_pages.push(page);
        }
    }

    /// Whether a page may differ from its committed bytes, as far as it was noted.
    pub(crate) fn is_written(&self, page: PageIndex) -> bool {
        self.frames.written.contains(page)
    }

    /// The pages that may differ from their committed bytes, in order of first write.
    pub(crate) fn written(&self) -> &[PageIndex] {
        &self.written_pages
    }

    /// Takes written pages that turned out to hold their committed bytes for clean.
    pub(crate) fn retain_written(&mut self, changed: impl Fn(PageIndex) -> bool) {
        self.written_pages.retain(|page| {
            let keep = changed(*page);
            if !keep {
                self.frames.written.remove(*page);
            }
            keep
        });
    }

    /// Takes the written pages as they are for clean: they were committed, or put back.
    pub(crate) fn settle(&mut self, state: StateRoot) {
        while let Some(page) = self.written_pages.pop() {
            self.frames.written.remove(page);
        }
        self.state = state;
    }

    /// Puts the committed bytes of every written page back.
    pub(super) fn undo(&mut self, source: &dyn PageSource) -> Result<(), StoreError> {
        while let Some(page) = self.written_pages.pop() {
            self.frames.written.remove(page);
            // SAFETY: as in `load`.
            unsafe { self.frames.load(page, source)? };
        }
        Ok(())
    }

    /// The pages whose memory was ever touched since the region was made or reset, or more, in ascending order.
    pub(super) fn populated(&self) -> Vec<PageIndex> {
        populated(&self.frames)
    }

    /// Drops a frame: the page is read again when it is next touched.
    pub(crate) fn forget(&mut self, page: PageIndex) {
        if !self.limit().contains(page) {
            return;
        }
        self.present_count -= u32::from(self.frames.present.remove(page));
        // It may be a page that was not stored before, and so was never present.
        self.missing.iter_mut().for_each(|missing| missing.push(page));
    }

    /// Takes every frame for absent: each page is read again when it is next touched, into memory that the host need not
    /// give anew. The region is clean.
    pub(crate) fn forget_all(&mut self) {
        self.frames.present.clear(self.frames.all());
        self.present_count = 0;
        self.missing = None;
    }

    /// Drops every frame and gives the memory back; all bytes read as zero.
    pub(crate) fn reset(&mut self, state: StateRoot) -> io::Result<()> {
        match &self.trap {
            Some(trap) => trap.reset(&self.frames)?,
            None => self.frames.discard(self.frames.all())?,
        }
        self.present_count = 0;
        self.missing = None;
        self.settle(state);
        Ok(())
    }

    fn place(&self, page: PageIndex) -> *mut PageBytes {
        assert!(self.limit.contains(page), "page {page} is not below the limit of {} pages", self.limit);
        // SAFETY: a page below the limit lies within the mapping.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize * PAGE_SIZE).cast() }
    }
}
