//! Address space that is reserved once and made accessible as needed.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Advice, MmapMut, MmapOptions, UncheckedAdvice};
use rustix::io::Errno;
use rustix::mm::{MprotectFlags, mprotect};

use crate::contract::{MEMORY_GUARD, MEMORY_RESERVATION};
use crate::host;
use crate::limits::STORAGE_BASE;
use crate::store::ProcessLocal;
use crate::units::PAGE_SIZE;

/// Bytes that every wasm memory reserves. Compiled code relies on this size, as it checks no bounds.
pub(super) const RESERVED_BYTES: usize = MEMORY_RESERVATION as usize;

/// Bytes without access behind a reservation. The constant offset of a load or store may lead into them.
pub(super) const GUARD_BYTES: usize = MEMORY_GUARD as usize;

/// [`RESERVED_BYTES`] of address space and a guard, or a part of them. The first `accessible` bytes are readable and writable.
///
/// ```text
///   one part:       0 ── accessible ───────────────────────────────────────── RESERVED_BYTES + GUARD_BYTES
///   two parts:      0 ── own memory ── no access ── base ── storage ── no access ──────────────────────
/// ```
///
/// Invariant: `start` to `start + accessible` is mapped as long as the value lives. It is readable and writable, except
/// for pages whose rights a pager has removed with [`set_rights`](Self::set_rights). The owner decides who accesses the
/// bytes at what time (rules 1 and 3 of the folder).
#[derive(Debug)]
pub(super) struct Reservation {
    /// A child of a fork has no such mapping, and may have another one at its address, so it must not unmap it.
    map: Arc<ProcessLocal<MmapMut>>,
    /// The offset of this part in the mapping.
    base: usize,
    start: NonNull<u8>,
    accessible: AtomicUsize,
}

// SAFETY: the value owns its mapping. The raw pointer is an address in it, which is valid on every thread.
unsafe impl Send for Reservation {}
// SAFETY: `&self` exposes only the address and sizes. All access to the bytes is unsafe code that follows rule 1 of the
// folder.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves address space whose first `accessible` bytes, a multiple of the host's page size, are accessible and zero.
    pub(super) fn new(accessible: usize) -> io::Result<Self> {
        assert!(accessible <= RESERVED_BYTES, "a wasm memory has at most 4 GiB");
        let map = MmapOptions::new().len(RESERVED_BYTES + GUARD_BYTES).no_reserve_swap().map_anon();
        let mut map = map.map_err(host::address_space_error(RESERVED_BYTES + GUARD_BYTES))?;
        #[cfg(target_os = "linux")]
        map.advise(Advice::DontFork)?;
        let start = NonNull::new(map.as_mut_ptr()).ok_or(io::ErrorKind::OutOfMemory)?;
        let map = Arc::new(ProcessLocal::new(map));
        let reservation = Self { map, base: 0, start, accessible: AtomicUsize::new(accessible) };
        reservation.protect(accessible, RESERVED_BYTES + GUARD_BYTES, MprotectFlags::empty())?;
        Ok(reservation)
    }

    /// Makes a second part from `base` on, with this number of accessible bytes. The first part must not grow into it.
    pub(super) fn second_part(&self, base: usize, accessible: usize) -> io::Result<Self> {
        assert!(self.base == 0 && self.accessible() <= base, "the second part is behind the first one");
        assert!(base + accessible <= RESERVED_BYTES, "a wasm memory has at most 4 GiB");
        self.protect(base, base + accessible, MprotectFlags::READ | MprotectFlags::WRITE)?;
        // SAFETY: `base` lies within the mapping.
        let start = unsafe { self.start.add(base) };
        Ok(Self { map: self.map.clone(), base, start, accessible: AtomicUsize::new(accessible) })
    }

    /// Returns the address of the first byte of the wasm memory that has this part.
    pub(super) fn memory_start(&self) -> NonNull<u8> {
        // SAFETY: the mapping begins `base` bytes before the part.
        unsafe { self.start.sub(self.base) }
    }

    /// Returns the size of the wasm memory that ends with the accessible bytes of this part.
    pub(super) fn memory_size(&self) -> usize {
        self.base + self.accessible()
    }

    /// Returns true if the mapping has other parts.
    pub(super) fn is_part(&self) -> bool {
        Arc::strong_count(&self.map) > 1
    }

    /// Returns true if the running process has the mapping: it is absent in a child of a fork.
    pub(super) fn is_here(&self) -> bool {
        self.map.is_here()
    }

    /// Returns the address of the first byte.
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns the number of accessible bytes.
    #[inline]
    pub(super) fn accessible(&self) -> usize {
        self.accessible.load(Ordering::Relaxed)
    }

    /// Grows the accessible bytes to `accessible`; the new bytes are zero. Only the thread that owns the bytes (rule 1)
    /// may call this function.
    pub(super) fn grow(&self, accessible: usize) -> io::Result<()> {
        assert!((self.accessible()..=RESERVED_BYTES).contains(&accessible), "a memory grows within its reservation");
        assert!(!self.is_part() || accessible <= STORAGE_BASE as usize, "own memory stays in front of storage");
        self.protect(self.accessible(), accessible, MprotectFlags::READ | MprotectFlags::WRITE)?;
        self.accessible.store(accessible, Ordering::Relaxed);
        Ok(())
    }

    /// Cuts the accessible bytes to `accessible`. The bytes beyond must be zero, and are zero when the memory grows again. Only the
    /// thread that owns the bytes (rule 1) may call this function, while no wasm runs on them.
    pub(super) fn shrink(&self, accessible: usize) -> io::Result<()> {
        assert!(accessible <= self.accessible(), "a memory shrinks to less than it has");
        self.protect(accessible, self.accessible(), MprotectFlags::empty())?;
        self.accessible.store(accessible, Ordering::Relaxed);
        Ok(())
    }

    /// Fills the accessible bytes with zeros. All of them must be writable.
    pub(super) fn clear(&mut self) {
        // SAFETY: the accessible bytes are mapped and writable, and the exclusive borrow excludes other access.
        unsafe { self.start.as_ptr().write_bytes(0, self.accessible()) };
    }

    /// Returns the memory of pages to the host; their bytes are zero afterwards.
    ///
    /// The caller must be the one party that accesses the bytes (rule 1), and no reference to them may exist.
    pub(super) fn discard(&self, pages: Range<u32>) -> io::Result<()> {
        let (from, to) = (pages.start as usize * PAGE_SIZE, pages.end as usize * PAGE_SIZE);
        assert!(to <= self.accessible(), "only accessible bytes are discarded");
        if from >= to {
            return Ok(());
        }
        // SAFETY: the range lies in this anonymous private mapping, which DONTNEED fills with zeros. The caller ensures
        // that no reference to the bytes exists.
        unsafe { self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, self.base + from, to - from) }
    }

    /// Changes the rights of pages. It does not allocate, so a fault handler may call it.
    ///
    /// # Errors
    /// Returns the error of `mprotect`. Some of the pages may then have the new rights.
    ///
    /// # Safety
    /// The caller must be the one party that accesses the bytes of the pages (rule 1). No reference to them may exist, unless the pages
    /// get a right and lose none.
    pub(super) unsafe fn set_rights(&self, pages: Range<u32>, rights: MprotectFlags) -> Result<(), Errno> {
        let (from, to) = (pages.start as usize * PAGE_SIZE, pages.end as usize * PAGE_SIZE);
        assert!(to <= self.accessible(), "only accessible pages have rights");
        if from >= to {
            return Ok(());
        }
        // SAFETY: the range lies in the mapping, and the caller ensures that no reference into it loses a right.
        unsafe { mprotect(self.start.as_ptr().add(from).cast(), to - from, rights) }
    }

    /// Makes the accessible bytes, which are new and zero, one range of the kernel's list. The kernel then never merges
    /// them with neighbouring ranges. It merges their parts again when these have the same rights again.
    #[cfg(target_os = "linux")]
    pub(super) fn make_one_range(&self) -> io::Result<()> {
        if self.accessible() == 0 {
            return Ok(());
        }
        // The kernel does not merge ranges with different advice. This advice disables read-ahead from swap, which suits
        // storage.
        self.map.advise_range(Advice::Random, self.base, self.accessible())?;
        // Nor does it merge ranges that had no memory when they were split: the first page of each creates a separate
        // record (the kernel's anon_vma). Ranges that are split later share the record that this write creates.
        // SAFETY: the bytes are new, so no reference to them exists.
        unsafe { self.start.as_ptr().write_volatile(0) };
        self.discard(0..1)
    }

    fn protect(&self, from: usize, to: usize, flags: MprotectFlags) -> io::Result<()> {
        if from == to {
            return Ok(());
        }
        // SAFETY: `from..to` lies in the mapping, as the callers check both against its length. It lies beyond the bytes
        // that are accessible before or after, so no reference into it exists.
        unsafe { mprotect(self.start.as_ptr().add(from).cast(), to - from, flags) }.map_err(io::Error::from)
    }
}
