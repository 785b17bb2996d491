//! The bare mechanisms of the hardware pagers: the same system calls for the same touches, and nothing else.
//!
//! The lab measures the pagers against them. Pages are copied from plain memory with `memcpy`; there is no wasm, no store,
//! no call and no page table. The pagers' handler receives the signals and passes them to the loop of this thread.

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
use super::window::{FaultWindow, Hull};
use crate::units::{PAGE_SIZE, PageCount, PageIndex};

const NONE: MprotectFlags = MprotectFlags::empty();
const READ: MprotectFlags = MprotectFlags::READ;
const READ_WRITE: MprotectFlags = READ.union(MprotectFlags::WRITE);

thread_local! {
    /// The loop that runs on this thread, or null.
    static RUNNING: Cell<*const Floor> = const { Cell::new(ptr::null()) };
}

/// Pages to touch, with a copy of their committed bytes.
#[derive(Debug)]
pub(crate) struct Floor {
    /// `None` for `sigsegv`.
    user_fault: Option<&'static UserFault>,
    region: Reservation,
    committed: MmapRaw,
    pages: u32,
    reads: FaultWindow,
    writes: FaultWindow,
    present: PageSet,
    dirty: PageSet,
    touched: Hull,
    _handler: Handler,
}

impl Floor {
    /// Sets up the mechanism of a pager on `pages` pages. The first word of each page holds the page's offset in bytes.
    /// Returns `None` for a pager without hardware faults.
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
            reads: FaultWindow::new(window),
            writes: FaultWindow::new(window),
            present: PageSet::new(PageCount(pages)),
            dirty: PageSet::new(PageCount(pages)),
            touched: Hull::new(),
            _handler: Handler::install_with_fallback(signal, serve)?,
        };
        match user_fault {
            Some(user_fault) => user_fault.register(floor.region.start().addr().get(), length)?,
            None => floor.set_rights(0..pages, NONE)?,
        }
        Ok(Some(floor))
    }

    /// Reads the first words of pages, or writes their values back, or both. Then it finds the dirty pages, compares them,
    /// and returns all memory to the host. Returns the time this took, and the sum of the words that were read.
    pub(crate) fn touch(&mut self, order: &[u32], accesses: &[Access]) -> io::Result<(Duration, u64)> {
        assert!(order.iter().all(|page| *page < self.pages), "a page lies beyond the end of the region");
        RUNNING.set(ptr::from_ref(self));
        let start = Instant::now();
        let mut sum = 0_u64;
        for page in order {
            let word = self.page(*page).cast::<u64>();
            for access in accesses {
                // SAFETY: the page lies in the region, as asserted above. The handler adds missing rights. No reference to
                // the page exists.
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
                    (page(region.start)..page(region.end)).for_each(|page| _ = self.dirty.insert(PageIndex(page)));
                }
                from = end;
            }
        }
        for page in self.dirty.members(touched.clone()) {
            // SAFETY: both pages lie in their mappings and are readable, and no code writes them now.
            let same = unsafe { *self.page(page.0) == *self.committed(page.0) };
            assert!(same, "page {page} differs from its committed bytes");
        }
        self.region.discard(touched.clone())?;
        if self.user_fault.is_none() {
            self.set_rights(touched.clone(), NONE)?;
        }
        self.present.clear(touched.clone());
        self.dirty.clear(touched);
        self.touched.reset();
        self.reads.reset();
        self.writes.reset();
        Ok(())
    }

    fn page(&self, page: u32) -> *mut [u8; PAGE_SIZE] {
        // SAFETY: all callers pass pages of the region.
        unsafe { self.region.start().as_ptr().add(page as usize * PAGE_SIZE).cast() }
    }

    fn committed(&self, page: u32) -> *const [u8; PAGE_SIZE] {
        // SAFETY: all callers pass pages of the region, and the mapping has the region's size.
        unsafe { self.committed.as_ptr().add(page as usize * PAGE_SIZE).cast() }
    }

    fn set_rights(&self, pages: Range<u32>, rights: MprotectFlags) -> io::Result<()> {
        // SAFETY: no reference to a page of the region exists: `touch` and `serve` use raw pointers.
        unsafe { self.region.set_rights(pages, rights) }.map_err(io::Error::from)
    }

    fn serve(&self, page: PageIndex, access: Option<Access>) -> io::Result<bool> {
        if self.present.contains(page) {
            if self.user_fault.is_some() || self.dirty.contains(page) {
                return Ok(false);
            }
            let clean = |page| self.present.contains(page) && !self.dirty.contains(page);
            let pages = self.writes.around(page, 0..self.pages, clean);
            pages.clone().map(PageIndex).for_each(|page| _ = self.dirty.insert(page));
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
                let rest = pages.len() * PAGE_SIZE - done;
                // SAFETY: all pages lie in the region and none is present; `committed` has as many readable bytes.
                done +=
                    unsafe { user_fault.copy(to.cast::<u8>().add(done), from.cast::<u8>().add(done), rest, !write)? };
            }
        } else {
            self.set_rights(pages.clone(), READ_WRITE)?;
            // SAFETY: the mappings have the same size and do not overlap. The pages have just been made writable.
            unsafe { ptr::copy_nonoverlapping(from, to, pages.len()) };
            if !write {
                self.set_rights(pages.clone(), READ)?;
            }
        }
        for page in pages.map(PageIndex) {
            self.present.insert(page);
            if write {
                self.dirty.insert(page);
            }
        }
        Ok(true)
    }
}

/// Serves a fault of the loop that runs on this thread. Returns true if the access is to be retried.
///
/// # Safety
/// As for [`watch::serve`](super::watch::serve).
unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    // SAFETY: `touch` borrows the loop, and the fault has interrupted `touch`, so the borrow is still alive.
    let Some(floor) = (unsafe { RUNNING.get().as_ref() }) else { return false };
    let offset = address.wrapping_sub(floor.region.start().addr().get());
    offset < floor.region.accessible() && floor.serve(PageIndex((offset / PAGE_SIZE) as u32), access).unwrap_or(false)
}
