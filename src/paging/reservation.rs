//! Address space, reserved once and made accessible as needed.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Advice, MmapMut, MmapOptions, UncheckedAdvice};
use rustix::io::Errno;
use rustix::mm::{MprotectFlags, mprotect};

use crate::contract::{MEMORY_GUARD, MEMORY_RESERVATION};
use crate::units::PAGE_SIZE;

/// Bytes that every wasm memory reserves: what compiled code counts on when it checks no bounds.
pub(super) const RESERVED_BYTES: usize = MEMORY_RESERVATION as usize;

/// Bytes without access behind a reservation, for the constant offset of a load or store.
pub(super) const GUARD_BYTES: usize = MEMORY_GUARD as usize;

/// [`RESERVED_BYTES`] and a guard, of which the first `accessible` bytes can be read and written.
///
/// Invariant: `start` to `start + accessible` is mapped as long as the value lives, and readable and writable but for
/// pages whose rights a pager has taken with [`set_rights`](Self::set_rights). Who may use the bytes at what moment is
/// the matter of the owner (rules 1 and 3 of the folder).
#[derive(Debug)]
pub(super) struct Reservation {
    map: MmapMut,
    start: NonNull<u8>,
    accessible: AtomicUsize,
}

// SAFETY: the value owns its mapping; the raw pointer is only an address into it, valid on every thread.
unsafe impl Send for Reservation {}
// SAFETY: `&self` gives out the address and sizes only; the bytes behind it are reached by unsafe code that keeps to
// rule 1 of the folder.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves address space, zeros, of which `accessible` bytes (a multiple of the host's page) can be used.
    pub(super) fn new(accessible: usize) -> io::Result<Self> {
        assert!(accessible <= RESERVED_BYTES, "a wasm memory has at most 4 GiB");
        let mut map = MmapOptions::new().len(RESERVED_BYTES + GUARD_BYTES).no_reserve_swap().map_anon()?;
        #[cfg(target_os = "linux")]
        map.advise(Advice::DontFork)?;
        let start = NonNull::new(map.as_mut_ptr()).ok_or(io::ErrorKind::OutOfMemory)?;
        let reservation = Self { map, start, accessible: AtomicUsize::new(accessible) };
        reservation.protect(accessible, RESERVED_BYTES + GUARD_BYTES, MprotectFlags::empty())?;
        Ok(reservation)
    }

    /// The first byte.
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// How many bytes can be used.
    #[inline]
    pub(super) fn accessible(&self) -> usize {
        self.accessible.load(Ordering::Relaxed)
    }

    /// Makes more bytes usable; they read as zero. Only the thread that owns the bytes (rule 1) does so.
    pub(super) fn grow(&self, accessible: usize) -> io::Result<()> {
        assert!((self.accessible()..=RESERVED_BYTES).contains(&accessible), "a memory grows within its reservation");
        self.protect(self.accessible(), accessible, MprotectFlags::READ | MprotectFlags::WRITE)?;
        self.accessible.store(accessible, Ordering::Relaxed);
        Ok(())
    }

    /// Fills the accessible bytes with zeros. All of them can be written.
    pub(super) fn clear(&mut self) {
        // SAFETY: so many bytes from the start are mapped and writable, and the exclusive borrow shows that nobody else
        // has them.
        unsafe { self.start.as_ptr().write_bytes(0, self.accessible()) };
    }

    /// Gives the memory of pages back to the host: they read as zero afterwards.
    ///
    /// The caller must own the bytes at this moment (rule 1): no reference to them exists.
    pub(super) fn discard(&self, pages: Range<u32>) -> io::Result<()> {
        let (from, to) = (pages.start as usize * PAGE_SIZE, pages.end as usize * PAGE_SIZE);
        assert!(to <= self.accessible(), "only accessible bytes are discarded");
        if from >= to {
            return Ok(());
        }
        // SAFETY: the range lies in this anonymous private mapping, for which DONTNEED means zeros; nobody holds a
        // reference to the bytes, as the caller owns them.
        unsafe { self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, from, to - from) }
    }

    /// Gives pages other rights. Allocates nothing, so that a fault handler may.
    ///
    /// # Errors
    /// That of `mprotect`; then some of the pages may have the rights.
    ///
    /// # Safety
    /// The caller owns the bytes of the pages at this moment (rule 1): no reference to them exists.
    pub(super) unsafe fn set_rights(&self, pages: Range<u32>, rights: MprotectFlags) -> Result<(), Errno> {
        let (from, to) = (pages.start as usize * PAGE_SIZE, pages.end as usize * PAGE_SIZE);
        assert!(to <= self.accessible(), "only accessible pages have rights");
        if from >= to {
            return Ok(());
        }
        // SAFETY: the range lies in the mapping, and nobody holds a reference into it, by the caller's promise.
        unsafe { mprotect(self.start.as_ptr().add(from).cast(), to - from, rights) }
    }

    /// Makes the usable bytes, which are new and zero, one range of the host's: it keeps what lies around them apart, even
    /// if it has the same rights, and when pages of different rights get the same again it joins them again.
    #[cfg(target_os = "linux")]
    pub(super) fn make_one_range(&self) -> io::Result<()> {
        // Ranges with different advice are not joined, and this one, to read nothing ahead when pages are swapped in,
        // is right for storage.
        self.map.advise_range(Advice::Random, 0, self.accessible())?;
        // Nor are ranges joined that were without memory when they were parted: each gets a record of its own for its
        // first page (the kernel's anon_vma). What is parted later shares the record that this write makes.
        // SAFETY: the bytes are new, so nobody holds a reference to them.
        unsafe { self.start.as_ptr().write_volatile(0) };
        self.discard(0..1)
    }

    fn protect(&self, from: usize, to: usize, flags: MprotectFlags) -> io::Result<()> {
        if from == to {
            return Ok(());
        }
        // SAFETY: `from..to` lies in the mapping (both at most its length, checked by the callers) and beyond the bytes
        // that were accessible so far, so that nobody holds a reference into it.
        unsafe { mprotect(self.start.as_ptr().add(from).cast(), to - from, flags) }.map_err(io::Error::from)
    }
}
