//! Pages that userfaultfd reports as missing, and whose writes the kernel notes by itself.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linux_raw_sys::general::page_region;
use memmap2::{MmapMut, MmapRaw};
use rustix::mm::MprotectFlags;

use super::super::error::PagingError;
use super::super::frames::Frames;
use super::super::page_table::Access;
use super::super::region::Region;
use super::super::reservation::Reservation;
use super::super::source::PageSource;
use super::super::trap::Trap;
use super::handler::Handler;
use super::signal::Signal;
use super::userfault::UserFault;
use super::window::{Hull, Window, fill};
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot};

/// Ranges of written pages that the kernel lists at once.
const REGIONS: usize = 64;

const NOTHING: page_region = page_region { start: 0, end: 0, categories: 0 };

/// What is known of one region's missing and written pages; most of it the kernel knows.
#[derive(Debug)]
pub(super) struct Missing {
    user_fault: &'static UserFault,
    window: Window,
    /// Where a window of pages is put together.
    buffer: MmapRaw,
    touched: Hull,
    /// Whether a failure has taken all rights away.
    refused: AtomicBool,
    _handler: Handler,
}

/// A region of which all pages are missing.
pub(super) fn region(limit: PageCount, state: StateRoot, window: PageCount) -> io::Result<Region> {
    let memory = Arc::new(Reservation::new(limit.bytes() as usize)?);
    let trap = Missing::of(&memory, window)?;
    Ok(Region::of(Frames::with(memory, limit), Some(Arc::new(trap)), state))
}

impl Missing {
    /// All accessible pages of a mapping are missing.
    fn of(memory: &Reservation, window: PageCount) -> io::Result<Self> {
        let user_fault = UserFault::get().map_err(io::Error::other)?;
        let window = window.min(PageCount((memory.accessible() / PAGE_SIZE) as u32));
        let trap = Self {
            user_fault,
            window: Window::new(window),
            buffer: MmapMut::map_anon(window.0.max(1) as usize * PAGE_SIZE)?.into(),
            touched: Hull::new(),
            refused: AtomicBool::new(false),
            _handler: Handler::install(Signal::Bus)?,
        };
        user_fault.register(memory.start().addr().get(), memory.accessible())?;
        Ok(trap)
    }

    /// Fills a window around a missing page. `write`: so that its pages count as written.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn load(
        &self,
        frames: &Frames,
        page: PageIndex,
        write: bool,
        source: &dyn PageSource,
    ) -> Result<(), PagingError> {
        let window = self.window.around(page, frames.all(), |page| !frames.present.contains(page));
        let buffer = |page: u32| {
            let offset = (page - window.start) as usize * PAGE_SIZE;
            assert!(offset < self.buffer.len(), "a window fits the buffer");
            // SAFETY: the offset is within the buffer.
            unsafe { self.buffer.as_mut_ptr().add(offset).cast::<PageBytes>() }
        };
        let loaded = fill(page, window.clone(), |page| {
            // SAFETY: a page of the buffer, which one thread uses at a time: who has the region's bytes (rule 1).
            source.read(page, unsafe { &mut *buffer(page.0) }).map(drop)
        })?;
        self.touched.add(&loaded);
        let mut next = loaded.start;
        while next < loaded.end {
            let length = (loaded.end - next) as usize * PAGE_SIZE;
            frames.counters.system_calls.add(1);
            // SAFETY: from `next` on the pages are missing, as none is present, and the caller's; the buffer holds
            // bytes for all of them.
            let done = unsafe {
                self.user_fault.copy(frames.page(PageIndex(next)).cast(), buffer(next).cast(), length, !write)
            };
            let copied = (done.map_err(io::Error::from)? / PAGE_SIZE) as u32;
            (next..next + copied).map(PageIndex).for_each(|page| _ = frames.present.insert(page));
            frames.counters.pages_loaded.add(u64::from(copied));
            frames.counters.pages_copied.add(u64::from(copied));
            next += copied;
        }
        Ok(())
    }

    /// Takes the pages that were written since the last scan for written, and has the kernel note writes anew. However
    /// few `regions` the kernel may list at once, it is asked until it has seen all pages.
    fn scan(&self, frames: &Frames, regions: &mut [page_region]) -> io::Result<()> {
        let start = frames.memory.start().addr().get();
        let address = |page: u32| start + page as usize * PAGE_SIZE;
        let touched = self.touched.range();
        let (mut from, to) = (address(touched.start), address(touched.end));
        while from < to {
            frames.counters.system_calls.add(1);
            let (found, end) = self.user_fault.scan(from..to, regions, true)?;
            for region in &regions[..found] {
                let page = |address: u64| ((address as usize - start) / PAGE_SIZE) as u32;
                (page(region.start)..page(region.end)).map(PageIndex).for_each(|page| _ = frames.written.insert(page));
            }
            from = end;
        }
        Ok(())
    }
}

impl Trap for Missing {
    fn ready(&self, frames: &Frames, page: PageIndex, _access: Access) -> bool {
        frames.present.contains(page)
    }

    unsafe fn serve(
        &self,
        frames: &Frames,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError> {
        if frames.present.contains(page) {
            return Ok(false);
        }
        // SAFETY: passed on.
        unsafe { self.load(frames, page, access == Some(Access::Write), source)? };
        Ok(true)
    }

    fn refuse(&self, frames: &Frames) -> bool {
        self.refused.store(true, Ordering::Relaxed);
        frames.counters.system_calls.add(1);
        // SAFETY: the code that faulted has the region, and no reference into it exists. The pages are one range of
        // rights, and stay one: there is no limit that this could meet.
        unsafe { frames.memory.set_rights(frames.all(), MprotectFlags::empty()) }.is_ok()
    }

    fn written(&self, frames: &Frames) -> Result<Vec<PageIndex>, PagingError> {
        self.scan(frames, &mut [NOTHING; REGIONS])?;
        Ok(frames.written.members(self.touched.range()).collect())
    }

    fn reset(&self, frames: &Frames) -> io::Result<()> {
        frames.discard(self.touched.range())?;
        if self.refused.load(Ordering::Relaxed) {
            let rights = MprotectFlags::READ | MprotectFlags::WRITE;
            frames.counters.system_calls.add(1);
            // SAFETY: the region is the caller's, and nobody holds a reference into it.
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

    /// A region of which some pages are written; nothing where the host has no userfaultfd.
    fn written(pages: &[u32]) -> Option<(Frames, Missing, MapSource)> {
        UserFault::get().ok()?;
        let memory = Arc::new(Reservation::new(LIMIT.bytes() as usize).unwrap());
        let missing = Missing::of(&memory, PageCount(1)).unwrap();
        let (frames, source) = (Frames::with(memory, LIMIT), MapSource::with(&[(3, 3)]));
        for page in 0..LIMIT.0 {
            // SAFETY: the frames are this test's, and nobody holds a reference to them.
            unsafe { missing.serve(&frames, PageIndex(page), Some(Access::Read), &source).unwrap() };
        }
        pages.iter().for_each(|page| write(&frames, *page));
        Some((frames, missing, source))
    }

    fn write(frames: &Frames, page: u32) {
        // SAFETY: as above; the page is present.
        unsafe { frames.page(PageIndex(page)).cast::<u8>().write_volatile(7) };
    }

    fn found(frames: &Frames) -> Vec<u32> {
        frames.written.members(frames.all()).map(|page| page.0).collect()
    }

    #[test]
    fn a_scan_that_the_kernel_breaks_off_goes_on_to_the_end() {
        let pages: Vec<u32> = (0..LIMIT.0).step_by(2).collect();
        for room in [1, 3, REGIONS] {
            let Some((frames, missing, _source)) = written(&pages) else { return };
            missing.scan(&frames, &mut vec![NOTHING; room]).unwrap();
            assert_eq!(found(&frames), pages, "{room} at once");
        }
    }

    #[test]
    fn after_a_scan_only_what_is_written_anew_is_found() {
        let Some((frames, missing, _source)) = written(&[1, 2, 200]) else { return };
        missing.scan(&frames, &mut [NOTHING; REGIONS]).unwrap();
        assert_eq!(found(&frames), [1, 2, 200]);
        frames.written.clear(frames.all());
        missing.scan(&frames, &mut [NOTHING; REGIONS]).unwrap();
        assert_eq!(found(&frames), [0_u32; 0], "nothing was written since");
        [2, 77].iter().for_each(|page| write(&frames, *page));
        missing.scan(&frames, &mut [NOTHING; REGIONS]).unwrap();
        assert_eq!(found(&frames), [2, 77]);
    }

    #[test]
    fn the_buffer_is_no_larger_than_the_region() {
        if UserFault::get().is_err() {
            return;
        }
        let memory = Reservation::new(LIMIT.bytes() as usize).unwrap();
        let missing = Missing::of(&memory, PageCount(1 << 20)).unwrap();
        assert_eq!(missing.buffer.len(), memory.accessible());
    }

    #[test]
    fn what_was_found_written_stays_so() {
        let Some((frames, missing, _source)) = written(&[9]) else { return };
        let pages = |missing: &Missing| missing.written(&frames).unwrap().iter().map(|page| page.0).collect::<Vec<_>>();
        assert_eq!(pages(&missing), [9]);
        write(&frames, 8);
        assert_eq!(pages(&missing), [8, 9]);
        assert_eq!(pages(&missing), [8, 9]);
    }
}
