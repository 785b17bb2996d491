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

use super::super::frames::Frames;
use super::super::page_table::Access;
use super::super::pager::PagingError;
use super::super::populated::populated;
use super::super::reservation::Reservation;
use super::super::source::PageSource;
use super::Trap;
use super::signals::{Handler, Signal};
use super::window::{Hull, Window, fill};
use crate::store::StoreError;
use crate::units::{PageCount, PageIndex};

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
    /// Whether the host had no room for more ranges of different rights: then every page is present and has all rights,
    /// and who wants to know what was written compares.
    open: AtomicBool,
    _handler: Handler,
}

/// Frames whose pages have no rights yet.
pub(super) fn frames(limit: PageCount, window: PageCount) -> io::Result<Frames> {
    let trap = Protection {
        reads: Window::new(window),
        writes: Window::new(window),
        touched: Hull::new(),
        open: AtomicBool::new(false),
        _handler: Handler::install(Signal::Segv)?,
    };
    let memory = Arc::new(Reservation::new(limit.bytes() as usize)?);
    // SAFETY: nobody else knows of the mapping yet.
    unsafe { memory.set_rights(0..limit.0, NONE)? };
    Ok(Frames::with(memory, limit, Some(Box::new(trap))))
}

impl Protection {
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn load(
        &self,
        frames: &Frames,
        page: PageIndex,
        access: Access,
        source: &dyn PageSource,
    ) -> Result<(), Failure> {
        let window = if access == Access::Write { &self.writes } else { &self.reads };
        let pages = window.around(page, frames.all(), |page| !frames.present.contains(page));
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        // SAFETY: the pages have just been made writable; the rest is passed on.
        let loaded = fill(page, pages.clone(), |page| unsafe { frames.load(page, source) })?;
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
        Ok(())
    }

    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn let_write(&self, frames: &Frames, page: PageIndex) -> Result<(), Failure> {
        let clean = |page| frames.present.contains(page) && !frames.written.contains(page);
        let pages = self.writes.around(page, frames.all(), clean);
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, pages.clone(), READ_WRITE)? };
        pages.map(PageIndex).for_each(|page| _ = frames.written.insert(page));
        Ok(())
    }

    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn set_rights(&self, frames: &Frames, pages: Range<u32>, rights: MprotectFlags) -> Result<(), Failure> {
        frames.counters.system_calls.add(1);
        self.touched.add(&pages);
        // SAFETY: passed on.
        unsafe { frames.memory.set_rights(pages, rights) }.map_err(Failure::Rights)
    }

    /// Gives every page all rights, which needs one range only, and brings in what is not present.
    ///
    /// # Safety
    /// As for [`Trap::serve`].
    unsafe fn open(&self, frames: &Frames, source: &dyn PageSource) -> Result<(), PagingError> {
        // SAFETY: passed on.
        unsafe { self.set_rights(frames, frames.all(), READ_WRITE) }.map_err(Failure::into_error)?;
        for page in frames.all().map(PageIndex) {
            if !frames.present.contains(page) {
                // SAFETY: every page is writable now; the rest is passed on.
                unsafe { frames.load_stored(page, source)? };
            }
        }
        self.open.store(true, Ordering::Relaxed);
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
        self.open.load(Ordering::Relaxed)
            || frames.written.contains(page)
            || access == Access::Read && frames.present.contains(page)
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
        // SAFETY: passed on.
        let done =
            unsafe { if present { self.let_write(frames, page) } else { self.load(frames, page, access, source) } };
        match done {
            // vm.max_map_count: there is no room for another range of rights.
            Err(Failure::Rights(Errno::NOMEM)) => {
                // SAFETY: passed on.
                unsafe { self.open(frames, source)? }
            }
            done => done.map_err(Failure::into_error)?,
        }
        Ok(true)
    }

    fn refuse(&self, _frames: &Frames) -> bool {
        // The fault that could not be served is a segmentation fault already.
        false
    }

    fn written(&self, frames: &Frames) -> Result<Vec<PageIndex>, PagingError> {
        if self.open.load(Ordering::Relaxed) {
            return Ok(populated(frames));
        }
        Ok(frames.written.members(self.touched.range()).collect())
    }

    fn reset(&self, frames: &Frames) -> io::Result<()> {
        let touched = self.touched.range();
        frames.discard(touched.clone())?;
        frames.counters.system_calls.add(1);
        // SAFETY: the region is the caller's, and nobody holds a reference into it.
        unsafe { frames.memory.set_rights(touched, NONE)? };
        self.touched.reset();
        self.reads.reset();
        self.writes.reset();
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }
}
