//! Pages whose rights are the page table: a forbidden access is a segmentation fault, and its handler serves it.
//!
//! ```text
//!   no rights ── read ──► loaded, read only ── write ──► on the list of written pages, read and write
//!       └───────────────────────── write ──────────────────────────▲
//! ```

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use rustix::mm::MprotectFlags;

use super::super::error::PagingError;
use super::super::frames::Frames;
use super::super::page_table::Access;
use super::super::populated::populated;
use super::super::region::Region;
use super::super::reservation::Reservation;
use super::super::source::PageSource;
use super::super::trap::Trap;
use super::handler::Handler;
use super::ranges::{Ranges, Rights};
use super::signal::Signal;
use super::window::{Hull, Window, fill};
use crate::store::StoreError;
use crate::units::{PageCount, PageIndex, StateRoot};

const NONE: MprotectFlags = MprotectFlags::empty();
const READ: MprotectFlags = MprotectFlags::READ;
const READ_WRITE: MprotectFlags = MprotectFlags::READ.union(MprotectFlags::WRITE);

/// The rights of one region's pages.
#[derive(Debug)]
pub(super) struct Protection {
    reads: Window,
    writes: Window,
    /// What has to be put back at the end.
    touched: Hull,
    ranges: Ranges,
    /// Whether there was no room for more ranges of different rights: then every page that the store gives is present
    /// and has all rights, and who wants to know what was written compares.
    open: AtomicBool,
    _handler: Handler,
}

/// A region whose pages have no rights yet.
pub(super) fn region(limit: PageCount, state: StateRoot, window: PageCount) -> io::Result<Region> {
    let trap = Protection {
        reads: Window::new(window),
        writes: Window::new(window),
        touched: Hull::new(),
        ranges: Ranges::new(),
        open: AtomicBool::new(false),
        _handler: Handler::install(Signal::Segv)?,
    };
    let memory = Arc::new(Reservation::new(limit.bytes() as usize)?);
    memory.make_one_range()?;
    // SAFETY: nobody else knows of the mapping yet.
    unsafe { memory.set_rights(0..limit.0, NONE)? };
    Ok(Region::of(Frames::with(memory, limit), Some(Arc::new(trap)), state))
}

impl Protection {
    /// Brings a page in, and those of its window. Returns which.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn load(
        &self,
        frames: &Frames,
        page: PageIndex,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<Range<u32>, Failure> {
        let window = if access == Access::Write { &self.writes } else { &self.reads };
        let pages = window.around(page, frames.all(), |page| !frames.present.contains(page));
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        // SAFETY: the pages have just been made writable; the rest is passed on.
        let loaded = fill(page, pages.clone(), |page| unsafe { frames.load(page, source) });
        if loaded.is_err() {
            // Whoever touches them all the same must not find what is not theirs.
            // SAFETY: passed on.
            unsafe { self.set_rights(frames, pages.clone(), NONE)? };
        }
        let loaded = loaded?;
        if access == Access::Write {
            loaded.clone().map(PageIndex).for_each(|page| _ = frames.written.insert(page));
        } else {
            // SAFETY: passed on.
            unsafe { self.set_rights(frames, loaded.clone(), READ)? };
        }
        for left_out in [pages.start..loaded.start, loaded.end..pages.end] {
            if !left_out.is_empty() {
                // SAFETY: passed on.
                unsafe { self.set_rights(frames, left_out, NONE)? };
            }
        }
        Ok(loaded)
    }

    /// Lets a page that is present be written, and those of its window. Returns which.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn let_write(&self, frames: &Frames, page: PageIndex) -> Result<Range<u32>, Failure> {
        let clean = |page| frames.present.contains(page) && !frames.written.contains(page);
        let pages = self.writes.around(page, frames.all(), clean);
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        pages.clone().map(PageIndex).for_each(|page| _ = frames.written.insert(page));
        Ok(pages)
    }

    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn set_rights(&self, frames: &Frames, pages: Range<u32>, rights: MprotectFlags) -> Result<(), Failure> {
        frames.counters.system_calls.add(1);
        self.touched.add(&pages);
        // SAFETY: passed on.
        unsafe { frames.memory.set_rights(pages, rights) }.map_err(Failure::Rights)
    }

    /// Gives every page all rights, which needs one range only, and brings in what is not present; `page` is the one
    /// that was touched.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn open(&self, frames: &Frames, page: PageIndex, source: &dyn PageSource) -> Result<(), Failure> {
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, frames.all(), READ_WRITE)? };
        for absent in frames.all().map(PageIndex) {
            if frames.present.contains(absent) {
                continue;
            }
            // SAFETY: every page is writable now; the rest is passed on.
            match unsafe { frames.load_stored(absent, source) } {
                Ok(()) => {}
                Err(error) if absent == page => return Err(error.into()),
                // Nobody has asked for it. Who does so later has to be told.
                // SAFETY: passed on.
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
    /// `mprotect` has failed.
    Rights(Errno),
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
    fn ready(&self, frames: &Frames, page: PageIndex, access: Access) -> bool {
        let readable = access == Access::Read || self.open.load(Ordering::Relaxed);
        frames.written.contains(page) || readable && frames.present.contains(page)
    }

    unsafe fn serve(
        &self,
        frames: &Frames,
        page: PageIndex,
        access: Option<Access>,
        source: &dyn PageSource,
    ) -> Result<bool, PagingError> {
        let present = frames.present.contains(page);
        // A page that is present can be read: so if nobody says what the access was, it was a write.
        let access = access.unwrap_or(if present { Access::Write } else { Access::Read });
        if self.ready(frames, page, access) {
            return Ok(false);
        }
        let open = self.open.load(Ordering::Relaxed);
        let before = Rights::of(frames, page.0);
        // SAFETY: passed on.
        let done = unsafe {
            match present {
                true => self.let_write(frames, page),
                // In an open region what is present can be written.
                false => self.load(frames, page, if open { Access::Write } else { access }, source),
            }
        };
        let has_room = match done {
            Ok(pages) => open || self.ranges.note(frames, &pages, before),
            // vm.max_map_count, and the rest of the process has used what we left.
            Err(Failure::Rights(Errno::NOMEM)) => false,
            Err(failure) => return Err(failure.into_error()),
        };
        if !has_room {
            // SAFETY: passed on.
            unsafe { self.open(frames, page, source) }.map_err(Failure::into_error)?;
        }
        Ok(true)
    }

    fn refuse(&self, _frames: &Frames) -> bool {
        // The fault that could not be served is a segmentation fault already.
        false
    }

    fn written(&self, frames: &Frames) -> Result<Vec<PageIndex>, PagingError> {
        if self.open.load(Ordering::Relaxed) {
            return Ok(populated(frames).into_iter().filter(|page| frames.present.contains(*page)).collect());
        }
        Ok(frames.written.members(self.touched.range()).collect())
    }

    fn reset(&self, frames: &Frames) -> io::Result<()> {
        let touched = self.touched.range();
        frames.discard(touched.clone())?;
        frames.counters.system_calls.add(u64::from(!touched.is_empty()));
        // SAFETY: the region is the caller's, and nobody holds a reference into it.
        unsafe { frames.memory.set_rights(touched, NONE)? };
        self.touched.reset();
        self.reads.reset();
        self.writes.reset();
        self.ranges.reset();
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }
}
