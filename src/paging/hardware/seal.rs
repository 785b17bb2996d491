//! Own memories whose pages are read-only until they are written, so that a write is noticed once.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use rustix::mm::MprotectFlags;

use super::super::bits::PageSet;
use super::super::page_table::Access;
use super::super::reservation::Reservation;
use super::mask::UnblockedSignals;
use crate::units::{PAGE_SIZE, PageCount, PageIndex};

/// Each time that this many faults have opened pages, the next faults open twice as many at once.
const FAULTS_PER_WIDTH: u32 = 8;

/// The most pages that a fault opens, as a power of two.
const MAX_WIDTH_BITS: u32 = 6;

/// After this many faults a fault opens all pages, so that a memory has at most twice as many ranges of rights in the kernel. The
/// kernel has 65,530 for a process; a pool keeps 256 regions, most with one instance.
const MAX_FAULTS: u32 = 56;

const READ: MprotectFlags = MprotectFlags::READ;
const READ_WRITE: MprotectFlags = READ.union(MprotectFlags::WRITE);

thread_local! {
    /// The innermost own memory that this thread may write. It has no destructor and is initialised at compile time, so a handler
    /// may read it.
    static OPENINGS: Cell<*const Seal> = const { Cell::new(ptr::null()) };
    /// True if this thread was seen not to block the signal.
    static IS_UNBLOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Which pages of an own memory are open.
#[derive(Debug)]
pub(in crate::paging) struct Seal {
    memory: Arc<Reservation>,
    /// The size of the memory when it was sealed. Pages beyond it are always open.
    page_count: u32,
    open: PageSet,
    open_pages: AtomicU32,
    faults: AtomicU32,
    /// The next memory of the list in [`OPENINGS`], while this one is in it.
    outer: AtomicPtr<Seal>,
    /// True while it is in the list: a memory in front of a region is opened once for all calls of its contract.
    is_listed: AtomicBool,
}

impl Seal {
    /// Seals the accessible pages of a memory.
    pub(super) fn new(memory: &Arc<Reservation>) -> io::Result<Self> {
        let page_count = (memory.accessible() / PAGE_SIZE) as u32;
        let seal = Self {
            memory: memory.clone(),
            page_count,
            open: PageSet::new(PageCount(page_count)),
            open_pages: AtomicU32::new(0),
            faults: AtomicU32::new(0),
            outer: AtomicPtr::new(ptr::null_mut()),
            is_listed: AtomicBool::new(false),
        };
        seal.close()?;
        Ok(seal)
    }

    /// Returns the number of open pages.
    pub(in crate::paging) fn open_pages(&self) -> u32 {
        self.open_pages.load(Ordering::Relaxed)
    }

    /// Returns the open pages, in ascending order.
    pub(in crate::paging) fn pages(&self) -> impl Iterator<Item = PageIndex> {
        self.open.members(0..self.page_count)
    }

    /// Seals all pages.
    pub(in crate::paging) fn close(&self) -> io::Result<()> {
        self.set_rights(0..self.page_count, READ)?;
        self.open.clear(0..self.page_count);
        self.open_pages.store(0, Ordering::Relaxed);
        self.faults.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Makes all pages writable without a note of it, for another owner of the memory.
    pub(in crate::paging) fn open_all(&self) {
        // Ignores an error: a memory with other rights than it should have faults where it is written, which ends that call.
        let _ = self.set_rights(0..self.page_count, READ_WRITE);
    }

    /// Opens pages that are written again.
    pub(in crate::paging) fn open_pages_of(&self, pages: Range<u32>) -> io::Result<()> {
        if pages.clone().all(|page| self.open.contains(PageIndex(page))) {
            return Ok(());
        }
        self.set_rights(pages.clone(), READ_WRITE)?;
        let more = pages.map(PageIndex).filter(|page| self.open.insert(*page)).count();
        self.open_pages.fetch_add(more as u32, Ordering::Relaxed);
        Ok(())
    }

    fn set_rights(&self, pages: Range<u32>, rights: MprotectFlags) -> io::Result<()> {
        // SAFETY: the caller owns the memory and has no reference into it, or is the handler of a fault, which has interrupted the one
        // party that accesses the memory (rule 1). That party may hold a reference, but the handler only adds a right.
        unsafe { self.memory.set_rights(pages, rights) }.map_err(io::Error::from)
    }

    /// Opens a page that is written, and some beside it. Returns false if the write is not to be retried. Allocates nothing: the
    /// handler calls it.
    fn serve(&self, page: PageIndex) -> bool {
        if self.open.contains(page) {
            return false;
        }
        let faults = self.faults.fetch_add(1, Ordering::Relaxed);
        let width = 1 << (faults / FAULTS_PER_WIDTH).min(MAX_WIDTH_BITS);
        let start = page.0 & !(width - 1);
        let near = start..self.page_count.min(start + width);
        let pages = if faults < MAX_FAULTS { near } else { 0..self.page_count };
        let is_done = self.set_rights(pages.clone(), READ_WRITE).is_ok();
        let more = pages.map(PageIndex).filter(|page| self.open.insert(*page)).count();
        self.open_pages.fetch_add(more as u32, Ordering::Relaxed);
        is_done
    }
}

/// Lets this thread write an own memory as long as it lives.
///
/// The openings of a thread end in the reverse order of their beginning.
#[derive(Debug)]
pub(crate) struct Opening {
    seal: Arc<Seal>,
    /// Present on threads that block the signal.
    _unblocked: Option<UnblockedSignals>,
}

impl Opening {
    /// Begins an opening. `None` if the memory is opened already.
    #[inline]
    pub(super) fn begin(seal: &Arc<Seal>) -> Option<Self> {
        if seal.is_listed.swap(true, Ordering::Relaxed) {
            return None;
        }
        seal.outer.store(OPENINGS.get().cast_mut(), Ordering::Relaxed);
        OPENINGS.set(Arc::as_ptr(seal));
        Some(Self { seal: seal.clone(), _unblocked: if IS_UNBLOCKED.get() { None } else { unblock() } })
    }
}

#[cold]
fn unblock() -> Option<UnblockedSignals> {
    let unblocked = UnblockedSignals::begin();
    IS_UNBLOCKED.set(!unblocked.were_blocked());
    unblocked.were_blocked().then_some(unblocked)
}

impl Drop for Opening {
    fn drop(&mut self) {
        debug_assert!(ptr::eq(OPENINGS.get(), Arc::as_ptr(&self.seal)), "openings end in reverse order");
        OPENINGS.set(self.seal.outer.load(Ordering::Relaxed));
        self.seal.is_listed.store(false, Ordering::Relaxed);
    }
}

/// Serves a fault of this thread in an own memory. Returns true if the access is to be retried.
///
/// # Safety
/// The caller must be a signal handler, for an access that the interrupted code of this thread made at `address`.
pub(super) unsafe fn serve(address: usize, access: Option<Access>) -> bool {
    if access == Some(Access::Read) {
        return false;
    }
    let mut next = OPENINGS.get();
    // SAFETY: a seal in the list is alive: an `Opening` owns it, and takes it out of the list.
    while let Some(seal) = unsafe { next.as_ref() } {
        let offset = address.wrapping_sub(seal.memory.start().addr().get());
        if offset < seal.page_count as usize * PAGE_SIZE {
            return seal.serve(PageIndex((offset / PAGE_SIZE) as u32));
        }
        next = seal.outer.load(Ordering::Relaxed);
    }
    false
}
