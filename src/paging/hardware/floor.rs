//! The hardware pagers' mechanisms by hand: the same system calls for the same touches, and nothing else.
//!
//! This is what the pagers are measured against. Pages come from plain memory by `memcpy`; there is no wasm, no store, no
//! call and no page table. The signal arrives through the pagers' handler, which passes it to the loop that runs.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::ptr;
use std::time::{Duration, Instant};

use linux_raw_sys::general::page_region;
use memmap2::{MmapMut, MmapRaw};
use rustix::mm::MprotectFlags;

use super::super::bits::PageSet;
use super::super::kind::PagerKind;
use super::super::page_table::Access;
use super::super::reservation::Reservation;
use super::handler::Handler;
use super::signal::Signal;
use super::userfault::UserFault;
use super::window::{Hull, Window};
use crate::units::{PAGE_SIZE, PageCount, PageIndex};

const NONE: MprotectFlags = MprotectFlags::empty();
const READ: MprotectFlags = MprotectFlags::READ;
const READ_WRITE: MprotectFlags = READ.union(MprotectFlags::WRITE);

thread_local! {
    /// The loop that runs on this thread.
    static RUNNING: Cell<*const Floor> = const { Cell::new(ptr::null()) };
}

/// Pages to touch, and others that hold their committed bytes.
#[derive(Debug)]
pub(crate) struct Floor {
    /// Nothing for `sigsegv`.
    user_fault: Option<&'static UserFault>,
    region: Reservation,
    committed: MmapRaw,
    pages: u32,
    reads: Window,
    writes: Window,
    present: PageSet,
    written: PageSet,
    touched: Hull,
    _handler: Handler,
}

impl Floor {
    /// The mechanism of a pager on so many pages, each of which has its own address in its first word. Nothing for a
    /// pager that has no mechanism of this kind.
    pub(crate) fn new(kind: PagerKind, pages: u32, window: PageCount) -> io::Result<Option<Self>> {
        let (user_fault, signal) = match kind {
            PagerKind::Sigsegv => (None, Signal::Segv),
            PagerKind::Uffd => (Some(UserFault::get().map_err(io::Error::other)?), Signal::Bus),
            _ => return Ok(None),
        };
        let length = pages as usize * PAGE_SIZE;
        let mut committed = MmapMut::map_anon(length)?;
        for (page, bytes) in committed.chunks_exact_mut(PAGE_SIZE).enumerate() {
            bytes[..8].copy_from_slice(&((page * PAGE_SIZE) as u64).to_le_bytes());
        }
        let floor = Self {
            user_fault,
            region: Reservation::new(length)?,
            committed: committed.into(),
            pages,
            reads: Window::new(window),
            writes: Window::new(window),
            present: PageSet::new(PageCount(pages)),
            written: PageSet::new(PageCount(pages)),
            touched: Hull::new(),
            _handler: Handler::install_by_hand(signal, serve)?,
        };
        match user_fault {
            Some(user_fault) => user_fault.register(floor.region.start().addr().get(), length)?,
            None => floor.set_rights(0..pages, NONE)?,
        }
        Ok(Some(floor))
    }

    /// Reads the first word of pages, or writes back what is there, or both; finds out what was written, compares it,
    /// and gives all memory back. Returns how long that took, and the sum of what was read.
    pub(crate) fn touch(&mut self, order: &[u32], accesses: &[Access]) -> io::Result<(Duration, u64)> {
        assert!(order.iter().all(|page| *page < self.pages), "pages are below the end");
        RUNNING.set(ptr::from_ref(self));
        let start = Instant::now();
        let mut sum = 0_u64;
        for page in order {
            let word = self.page(*page).cast::<u64>();
            for access in accesses {
                // SAFETY: the page lies in the region, as was asserted; where it has no rights yet, the handler gives
                // them. Nobody holds a reference to it.
                unsafe {
                    match access {
                        Access::Read => sum = sum.wrapping_add(word.read_volatile()),
                        Access::Write => word.write_volatile(u64::from(*page) * PAGE_SIZE as u64),
                    }
                }
            }
        }
        RUNNING.set(ptr::null());
        self.finish()?;
        Ok((start.elapsed(), sum))
    }

    fn finish(&mut self) -> io::Result<()> {
        let touched = self.touched.range();
        if let Some(user_fault) = self.user_fault {
            let mut regions = [page_region { start: 0, end: 0, categories: 0 }; 64];
            let base = self.region.start().addr().get();
            let (mut from, to) = (base + touched.start as usize * PAGE_SIZE, base + touched.end as usize * PAGE_SIZE);
            while from < to {
                let (found, end) = user_fault.scan(from..to, &mut regions, true)?;
                for region in &regions[..found] {
                    let page = |address: u64| ((address as usize - base) / PAGE_SIZE) as u32;
                    (page(region.start)..page(region.end)).for_each(|page| _ = self.written.insert(PageIndex(page)));
                }
                from = end;
            }
        }
        for page in self.written.members(touched.clone()) {
            // SAFETY: both pages lie in their mappings and can be read, and nobody writes them now.
            let same = unsafe { *self.page(page.0) == *self.committed(page.0) };
            assert!(same, "what was there is written back");
        }
        self.region.discard(touched.clone())?;
        if self.user_fault.is_none() {
            self.set_rights(touched.clone(), NONE)?;
        }
        self.present.clear(touched.clone());
        self.written.clear(touched);
        self.touched.reset();
        self.reads.reset();
        self.writes.reset();
        Ok(())
    }

    fn page(&self, page: u32) -> *mut [u8; PAGE_SIZE] {
        // SAFETY: pages asked for lie in the region.
        unsafe { self.region.start().as_ptr().add(page as usize * PAGE_SIZE).cast() }
    }

    fn committed(&self, page: u32) -> *const [u8; PAGE_SIZE] {
        // SAFETY: pages asked for lie in the mapping, which is of the region's size.
        unsafe { self.committed.as_ptr().add(page as usize * PAGE_SIZE).cast() }
    }

    fn set_rights(&self, pages: Range<u32>, rights: MprotectFlags) -> io::Result<()> {
        // SAFETY: nobody holds a reference to a page of the region.
        unsafe { self.region.set_rights(pages, rights) }.map_err(io::Error::from)
    }

    fn serve(&self, page: PageIndex, access: Option<Access>) -> io::Result<bool> {
        if self.present.contains(page) {
            if self.user_fault.is_some() || self.written.contains(page) {
                return Ok(false);
            }
            let clean = |page| self.present.contains(page) && !self.written.contains(page);
            let pages = self.writes.around(page, 0..self.pages, clean);
            pages.clone().map(PageIndex).for_each(|page| _ = self.written.insert(page));
            self.set_rights(pages, READ_WRITE)?;
            return Ok(true);
        }
        let write = access == Some(Access::Write);
        let window = if write && self.user_fault.is_none() { &self.writes } else { &self.reads };
        let pages = window.around(page, 0..self.pages, |page| !self.present.contains(page));
        self.touched.add(&pages);
        let (to, from) = (self.page(pages.start), self.committed(pages.start));
        if let Some(user_fault) = self.user_fault {
            let mut done = 0;
            while done < pages.len() * PAGE_SIZE {
                let left = pages.len() * PAGE_SIZE - done;
                // SAFETY: none of the pages is present, all lie in the region; so much of `committed` can be read.
                done +=
                    unsafe { user_fault.copy(to.cast::<u8>().add(done), from.cast::<u8>().add(done), left, !write)? };
            }
        } else {
            self.set_rights(pages.clone(), READ_WRITE)?;
            // SAFETY: two mappings of the same size, that do not overlap; the pages have just been made writable.
            unsafe { ptr::copy_nonoverlapping(from, to, pages.len()) };
            if !write {
                self.set_rights(pages.clone(), READ)?;
            }
        }
        for page in pages.map(PageIndex) {
            self.present.insert(page);
            if write {
                self.written.insert(page);
            }
        }
        Ok(true)
    }
}

/// Serves a fault of the loop that runs on this thread.
///
/// # Safety
/// As for [`watch::serve`](super::watch::serve).
unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    // SAFETY: the loop is borrowed by `touch`, which has not come back: it has been interrupted.
    let Some(floor) = (unsafe { RUNNING.get().as_ref() }) else { return false };
    let offset = address.wrapping_sub(floor.region.start().addr().get());
    offset < floor.region.accessible() && floor.serve(PageIndex((offset / PAGE_SIZE) as u32), access).unwrap_or(false)
}
