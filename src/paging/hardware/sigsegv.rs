//! The region of the pager `sigsegv`: a page has only the rights that it needs so far. An access beyond them is a
//! segmentation fault, which the handler serves.
//!
//! ```text
//!   no rights ── read ──► loaded, readable ── write ──► dirty, readable and writable
//!       └────────────────────── write ─────────────────────▲
//! ```

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use rustix::mm::MprotectFlags;

use super::super::error::PagingError;
use super::super::extent::Extent;
use super::super::frames::FrameTable;
use super::super::page_table::Access;
use super::super::populated::populated;
use super::super::region::Region;
use super::super::source::PageSource;
use super::super::trap::Trap;
use super::handler::Handler;
use super::ranges::{Ranges, Rights};
use super::signal::Signal;
use super::window::{FaultWindow, Hull, fill};
use crate::store::StoreError;
use crate::units::{PageCount, PageIndex, StateRoot};

const NONE: MprotectFlags = MprotectFlags::empty();
const READ: MprotectFlags = MprotectFlags::READ;
const READ_WRITE: MprotectFlags = MprotectFlags::READ.union(MprotectFlags::WRITE);

/// The rights of one region's pages.
#[derive(Debug)]
pub(super) struct Protection {
    reads: FaultWindow,
    writes: FaultWindow,
    /// The pages whose rights or frames must be reset at the end.
    touched: Hull,
    ranges: Ranges,
    /// True once there was no room for more ranges of different rights. All pages are then present and have all rights,
    /// except those that the store failed to return; dirty pages are found by comparing.
    open: AtomicBool,
    _handler: Handler,
}

/// Reserves a region whose pages have no rights yet.
pub(super) fn region(extent: Extent<'_>, state: StateRoot, window: PageCount) -> io::Result<Region> {
    let trap = Protection {
        reads: FaultWindow::new(window),
        writes: FaultWindow::new(window),
        touched: Hull::new(),
        ranges: Ranges::new(),
        open: AtomicBool::new(false),
        _handler: Handler::install(Signal::Segv)?,
    };
    let (memory, own_memory) = extent.reserve()?;
    memory.make_one_range()?;
    // SAFETY: the reservation is new, so no other code uses it.
    unsafe { memory.set_rights(0..extent.limit.0, NONE)? };
    Ok(Region::with_frames(FrameTable::with(memory, extent.limit), own_memory, Some(Arc::new(trap)), state))
}

impl Protection {
    /// Loads a page and those of its window. Returns the loaded pages.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn load(
        &self,
        frames: &FrameTable,
        page: PageIndex,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<Range<u32>, Failure> {
        let window = if access == Access::Write { &self.writes } else { &self.reads };
        let pages = window.around(page, frames.all(), |page| !frames.present.contains(page));
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        // SAFETY: as above; the pages have just been made writable.
        let loaded = fill(page, pages.clone(), |page| unsafe { frames.load(page, source) });
        if loaded.is_err() {
            // The frames do not hold the bytes of their pages, so a later access must fault.
            // SAFETY: as above.
            unsafe { self.set_rights(frames, pages.clone(), NONE)? };
        }
        let loaded = loaded?;
        if access == Access::Write {
            loaded.clone().map(PageIndex).for_each(|page| _ = frames.dirty.insert(page));
        } else {
            // SAFETY: as above.
            unsafe { self.set_rights(frames, loaded.clone(), READ)? };
        }
        for left_out in [pages.start..loaded.start, loaded.end..pages.end] {
            if !left_out.is_empty() {
                // SAFETY: as above.
                unsafe { self.set_rights(frames, left_out, NONE)? };
            }
        }
        Ok(loaded)
    }

    /// Makes a present page and those of its window writable and marks them dirty. Returns these pages.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn make_writable(&self, frames: &FrameTable, page: PageIndex) -> Result<Range<u32>, Failure> {
        let clean = |page| frames.present.contains(page) && !frames.dirty.contains(page);
        let pages = self.writes.around(page, frames.all(), clean);
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        pages.clone().map(PageIndex).for_each(|page| _ = frames.dirty.insert(page));
        Ok(pages)
    }

    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn set_rights(&self, frames: &FrameTable, pages: Range<u32>, rights: MprotectFlags) -> Result<(), Failure> {
        frames.counters.system_calls.add(1);
        self.touched.add(&pages);
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        unsafe { frames.memory.set_rights(pages, rights) }.map_err(Failure::Rights)
    }

    /// Gives every page all rights, which needs only one range, and loads the absent pages. `page` is the page that was
    /// touched.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn open(&self, frames: &FrameTable, page: PageIndex, source: &dyn PageSource) -> Result<(), Failure> {
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        unsafe { self.set_rights(frames, frames.all(), READ_WRITE)? };
        for absent in frames.all().map(PageIndex) {
            if frames.present.contains(absent) {
                continue;
            }
            // SAFETY: as above; every page is writable now.
            match unsafe { frames.load(absent, source) } {
                Ok(()) => {}
                Err(error) if absent == page => return Err(error.into()),
                // No access has needed this page yet. A later one must fault and report the error.
                // SAFETY: as above.
                Err(_) => unsafe { self.set_rights(frames, absent.0..absent.0 + 1, NONE)? },
            }
        }
        self.open.store(true, Ordering::Relaxed);
        self.ranges.reset();
        Ok(())
    }
}

/// Why a page was not made ready.
#[derive(Debug)]
enum Failure {
    /// `mprotect` failed.
    Rights(Errno),
    /// The page could not be loaded.
    Page(PagingError),
}

impl Failure {
    fn into_error(self) -> PagingError {
        match self {
            Self::Rights(errno) => PagingError::Memory(errno.into()),
            Self::Page(error) => error,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Page(error.into())
    }
}

impl Trap for Protection {
    fn is_ready(&self, frames: &FrameTable, page: PageIndex, access: Access) -> bool {
        let readable = access == Access::Read || self.open.load(Ordering::Relaxed);
        frames.dirty.contains(page) || readable && frames.present.contains(page)
    }

    unsafe fn serve(
        &self,
        frames: &FrameTable,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError> {
        let present = frames.present.contains(page);
        // A present page is readable, so an access of unknown kind to it is a write.
        let access = access.unwrap_or(if present { Access::Write } else { Access::Read });
        if self.is_ready(frames, page, access) {
            return Ok(false);
        }
        let open = self.open.load(Ordering::Relaxed);
        let before = Rights::of(frames, page.0);
        // SAFETY: the caller is the one party that accesses the region (rule 1), as this function requires.
        let changed = unsafe {
            if present {
                self.make_writable(frames, page)
            } else {
                // In an open region every present page is writable.
                self.load(frames, page, if open { Access::Write } else { access }, source)
            }
        };
        let has_room = match changed {
            Ok(pages) => open || self.ranges.note(frames, &pages, before),
            // The process has reached vm.max_map_count: other parts of it have used the other half.
            Err(Failure::Rights(Errno::NOMEM)) => false,
            Err(failure) => return Err(failure.into_error()),
        };
        if !has_room {
            // SAFETY: as above.
            unsafe { self.open(frames, page, source) }.map_err(Failure::into_error)?;
        }
        Ok(true)
    }

    fn refuse(&self, _frames: &FrameTable) -> bool {
        // The fault is a segmentation fault already.
        false
    }

    fn touched(&self) -> Range<u32> {
        self.touched.range()
    }

    fn dirty_pages(&self, frames: &FrameTable) -> Result<Vec<PageIndex>, PagingError> {
        if self.open.load(Ordering::Relaxed) {
            return Ok(populated(frames).into_iter().filter(|page| frames.present.contains(*page)).collect());
        }
        Ok(frames.dirty.members(self.touched.range()).collect())
    }

    fn evict(
        &self,
        frames: &FrameTable,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<(), PagingError> {
        // The pages of an open region have no faults.
        if self.open.load(Ordering::Relaxed) {
            return Ok(());
        }
        let touched = self.touched.range();
        frames.clean_unchanged(touched.clone(), source, keep)?;
        frames.evict(touched.clone(), |pages| {
            frames.counters.system_calls.add(1);
            // SAFETY: the caller owns the region, so no other party accesses it (rules 1 and 3).
            unsafe { frames.memory.set_rights(pages, NONE) }.map_err(io::Error::from)
        })?;
        self.ranges.recount(frames, touched);
        Ok(())
    }

    fn reset(&self, frames: &FrameTable) -> io::Result<()> {
        let touched = self.touched.range();
        frames.discard(touched.clone())?;
        frames.counters.system_calls.add(u64::from(!touched.is_empty()));
        // SAFETY: the caller owns the region, so no other party accesses it (rules 1 and 3).
        unsafe { frames.memory.set_rights(touched, NONE)? };
        self.touched.reset();
        self.reads.reset();
        self.writes.reset();
        self.ranges.reset();
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }
}
