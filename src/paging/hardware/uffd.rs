//! The region of the pager `uffd`: userfaultfd reports missing pages, and the kernel records which pages are written.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linux_raw_sys::general::page_region;
use memmap2::{MmapMut, MmapRaw};
use rustix::mm::MprotectFlags;

use super::super::error::PagingError;
use super::super::extent::Extent;
use super::super::frames::FrameTable;
use super::super::page_table::Access;
use super::super::region::Region;
use super::super::reservation::Reservation;
use super::super::source::PageSource;
use super::super::trap::Trap;
use super::handler::Handler;
use super::signal::Signal;
use super::userfault::UserFault;
use super::window::{FaultWindow, Hull, fill};
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot};

/// Maximum number of ranges of written pages that one scan lists.
const RANGES: usize = 64;

const EMPTY: page_region = page_region { start: 0, end: 0, categories: 0 };

/// Serves the missing pages of one region. The kernel knows which pages are missing and which are written.
#[derive(Debug)]
pub(super) struct MissingPages {
    user_fault: &'static UserFault,
    window: FaultWindow,
    /// Holds the pages of a window until they are copied to their frames.
    buffer: MmapRaw,
    touched: Hull,
    /// True if a failure has removed all rights.
    refused: AtomicBool,
    _handler: Handler,
}

/// Reserves a region whose pages are all missing.
pub(super) fn region(extent: Extent<'_>, state: StateRoot, window: PageCount) -> io::Result<Region> {
    let (memory, own_memory) = extent.reserve()?;
    let trap = MissingPages::register(&memory, window)?;
    Ok(Region::with_frames(FrameTable::with(memory, extent.limit), own_memory, Some(Arc::new(trap)), state))
}

impl MissingPages {
    /// Registers the accessible pages of a reservation, all of which are missing.
    fn register(memory: &Reservation, window: PageCount) -> io::Result<Self> {
        let user_fault = UserFault::get().map_err(io::Error::other)?;
        let window = window.min(PageCount((memory.accessible() / PAGE_SIZE) as u32));
        let trap = Self {
            user_fault,
            window: FaultWindow::new(window),
            buffer: MmapMut::map_anon(window.0.max(1) as usize * PAGE_SIZE)?.into(),
            touched: Hull::new(),
            refused: AtomicBool::new(false),
            _handler: Handler::install(Signal::Bus)?,
        };
        // The kernel refuses to register no pages.
        if memory.accessible() > 0 {
            user_fault.register(memory.start().addr().get(), memory.accessible())?;
        }
        Ok(trap)
    }

    /// Loads a missing page and those of its window. If `write` is true, the pages count as written.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn load(
        &self,
        frames: &FrameTable,
        page: PageIndex,
        write: bool,
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        let window = self.window.around(page, frames.all(), |page| !frames.present.contains(page));
        let buffer = |page: u32| {
            let offset = (page - window.start) as usize * PAGE_SIZE;
            assert!(offset < self.buffer.len(), "the page lies beyond the buffer");
            // SAFETY: the offset lies within the buffer, as asserted above.
            unsafe { self.buffer.as_mut_ptr().add(offset).cast::<PageBytes>() }
        };
        let loaded = fill(page, window.clone(), |page| {
            // SAFETY: the page lies in the buffer. Only the one party that accesses the region uses the buffer (rule 1).
            source.read(page, unsafe { &mut *buffer(page.0) }).map(drop)
        })?;
        self.touched.add(&loaded);
        let mut next = loaded.start;
        while next < loaded.end {
            let length = (loaded.end - next) as usize * PAGE_SIZE;
            frames.counters.system_calls.add(1);
            // SAFETY: the pages from `next` are missing, as none is present. The caller is the one party that accesses the
            // region (rule 1). The buffer holds the bytes of all these pages.
            let filled = unsafe {
                self.user_fault.copy(frames.page(PageIndex(next)).cast(), buffer(next).cast(), length, !write)
            };
            let copied = (filled.map_err(io::Error::from)? / PAGE_SIZE) as u32;
            (next..next + copied).map(PageIndex).for_each(|page| _ = frames.present.insert(page));
            frames.counters.pages_loaded.add(u64::from(copied));
            frames.counters.pages_copied.add(u64::from(copied));
            next += copied;
        }
        Ok(())
    }

    /// Finds the pages that were written since the last scan, marks them dirty and write-protects them again. One request lists
    /// at most `regions.len()` ranges, so requests are repeated until all pages have been scanned.
    fn scan(&self, frames: &FrameTable, regions: &mut [page_region]) -> io::Result<()> {
        let start = frames.memory.start().addr().get();
        let address = |page: u32| start + page as usize * PAGE_SIZE;
        let touched = self.touched.range();
        let (mut from, to) = (address(touched.start), address(touched.end));
        while from < to {
            frames.counters.system_calls.add(1);
            let (found, end) = self.user_fault.scan(from..to, regions, true)?;
            for region in &regions[..found] {
                let page = |address: u64| ((address as usize - start) / PAGE_SIZE) as u32;
                (page(region.start)..page(region.end)).map(PageIndex).for_each(|page| _ = frames.dirty.insert(page));
            }
            from = end;
        }
        Ok(())
    }
}

impl Trap for MissingPages {
    fn is_ready(&self, frames: &FrameTable, page: PageIndex, _access: Access) -> bool {
        frames.present.contains(page)
    }

    unsafe fn serve(
        &self,
        frames: &FrameTable,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError> {
        if frames.present.contains(page) {
            return Ok(false);
        }
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        unsafe { self.load(frames, page, access == Some(Access::Write), source)? };
        Ok(true)
    }

    fn refuse(&self, frames: &FrameTable) -> bool {
        self.refused.store(true, Ordering::Relaxed);
        frames.counters.system_calls.add(1);
        // The pages are one range of rights before and after, so vm.max_map_count cannot be exceeded.
        // SAFETY: the code that faulted is the one party that accesses the region (rule 1), and it is interrupted.
        unsafe { frames.memory.set_rights(frames.all(), MprotectFlags::empty()) }.is_ok()
    }

    fn touched(&self) -> Range<u32> {
        self.touched.range()
    }

    fn dirty_pages(&self, frames: &FrameTable) -> Result<Vec<PageIndex>, PagingError> {
        self.scan(frames, &mut [EMPTY; RANGES])?;
        Ok(frames.dirty.members(self.touched.range()).collect())
    }

    fn evict(
        &self,
        frames: &FrameTable,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        self.scan(frames, &mut [EMPTY; RANGES])?;
        let touched = self.touched.range();
        frames.clean_unchanged(touched.clone(), source, keep)?;
        frames.evict(touched, |_| Ok(()))?;
        Ok(())
    }

    fn reset(&self, frames: &FrameTable) -> io::Result<()> {
        frames.discard(self.touched.range())?;
        if self.refused.load(Ordering::Relaxed) {
            let rights = MprotectFlags::READ | MprotectFlags::WRITE;
            frames.counters.system_calls.add(1);
            // SAFETY: the caller owns the region, so no other party accesses it (rules 1 and 3).
            unsafe { frames.memory.set_rights(frames.all(), rights)? };
            self.refused.store(false, Ordering::Relaxed);
        }
        self.touched.reset();
        self.window.reset();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::tests::MapSource;

    const LIMIT: PageCount = PageCount(256);

    /// Returns a region with some written pages; `None` if the host has no userfaultfd.
    fn written(pages: &[u32]) -> Option<(FrameTable, MissingPages, MapSource)> {
        UserFault::get().ok()?;
        let memory = Arc::new(Reservation::new(LIMIT.bytes() as usize).unwrap());
        let missing = MissingPages::register(&memory, PageCount(1)).unwrap();
        let (frames, source) = (FrameTable::with(memory, LIMIT), MapSource::with(&[(3, 3)]));
        for page in 0..LIMIT.0 {
            // SAFETY: only this test uses the frames, and no reference to them exists.
            unsafe { missing.serve(&frames, PageIndex(page), Some(Access::Read), &source).unwrap() };
        }
        pages.iter().for_each(|page| write(&frames, *page));
        Some((frames, missing, source))
    }

    fn write(frames: &FrameTable, page: u32) {
        // SAFETY: as above; the page is present.
        unsafe { frames.page(PageIndex(page)).cast::<u8>().write_volatile(7) };
    }

    fn found(frames: &FrameTable) -> Vec<u32> {
        frames.dirty.members(frames.all()).map(|page| page.0).collect()
    }

    #[test]
    fn a_scan_that_the_kernel_interrupts_is_continued_to_the_end() {
        let pages: Vec<u32> = (0..LIMIT.0).step_by(2).collect();
        for room in [1, 3, RANGES] {
            let Some((frames, missing, _source)) = written(&pages) else { return };
            missing.scan(&frames, &mut vec![EMPTY; room]).unwrap();
            assert_eq!(found(&frames), pages, "{room} at once");
        }
    }

    #[test]
    fn a_scan_finds_only_pages_written_since_the_last_one() {
        let Some((frames, missing, _source)) = written(&[1, 2, 200]) else { return };
        missing.scan(&frames, &mut [EMPTY; RANGES]).unwrap();
        assert_eq!(found(&frames), [1, 2, 200]);
        frames.dirty.clear(frames.all());
        missing.scan(&frames, &mut [EMPTY; RANGES]).unwrap();
        assert_eq!(found(&frames), [0_u32; 0], "no page was written since");
        [2, 77].iter().for_each(|page| write(&frames, *page));
        missing.scan(&frames, &mut [EMPTY; RANGES]).unwrap();
        assert_eq!(found(&frames), [2, 77]);
    }

    #[test]
    fn the_buffer_is_no_larger_than_the_region() {
        if UserFault::get().is_err() {
            return;
        }
        let memory = Reservation::new(LIMIT.bytes() as usize).unwrap();
        let missing = MissingPages::register(&memory, PageCount(1 << 20)).unwrap();
        assert_eq!(missing.buffer.len(), memory.accessible());
    }

    #[test]
    fn a_dirty_page_stays_dirty_in_later_scans() {
        let Some((frames, missing, _source)) = written(&[9]) else { return };
        let pages = |missing: &MissingPages| {
            missing.dirty_pages(&frames).unwrap().iter().map(|page| page.0).collect::<Vec<_>>()
        };
        assert_eq!(pages(&missing), [9]);
        write(&frames, 8);
        assert_eq!(pages(&missing), [8, 9]);
        assert_eq!(pages(&missing), [8, 9]);
    }
}
