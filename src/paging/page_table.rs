//! The page table of a call: what the call may do with each page.

use std::io;
use std::sync::Arc;

use super::recycled::{self, Untouched};
use super::reservation::Reservation;
use crate::contract::{StoragePlace, names};
use crate::limits::{MAX_OWN_MEMORY_PAGES, MAX_STORAGE_PAGES};
use crate::units::{PAGE_SIZE, PageCount, PageIndex, STORAGE_PAGES_PER_WASM_PAGE};

/// A kind of access to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Access {
    /// The bit of a page-table entry that allows this access. Compiled page checks test the same bits.
    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Read => names::READ_BIT,
            Self::Write => names::WRITE_BIT,
        }
    }
}

/// The entry of a page of own memory in front of storage: whether there is memory at an address is not for the page check to find.
const ALL_ACCESSES: u8 = names::READ_BIT | names::WRITE_BIT;

/// The pages of the largest own memory.
const OWN_MEMORY_PAGES: usize = (MAX_OWN_MEMORY_PAGES * STORAGE_PAGES_PER_WASM_PAGE) as usize;

/// One byte for each page: bit 0 allows reads, bit 1 writes. Compiled code sees the table as a wasm memory of 2^20
/// bytes, so the entry of any 32-bit address lies within it.
///
/// Each bit is set separately, at the first access of its kind: the table of a finished call says exactly which pages
/// the call read and which it wrote.
#[derive(Debug)]
pub(crate) struct PageTable {
    memory: Arc<Reservation>,
    place: StoragePlace,
    /// The entry of an untouched page below the limit.
    untouched: u8,
    /// The page limit of the contract; entries beyond it are 0.
    limit: PageCount,
    /// Pages whose entry differs from `untouched`, in order of first touch.
    touched: Vec<PageIndex>,
    /// The end of the entries that were ever changed.
    most_touched: usize,
    /// True for a static call, which may write no page.
    read_only: bool,
}

impl PageTable {
    /// Returns a table that allows nothing yet.
    pub(crate) fn new(place: StoragePlace) -> io::Result<Self> {
        Self::allowing(PageCount(0), place, &[])
    }

    /// Returns a table that always allows the given kinds of access below a limit, for code that does not check them.
    /// The table does not record accesses of these kinds.
    pub(crate) fn allowing(limit: PageCount, place: StoragePlace, accesses: &[Access]) -> io::Result<Self> {
        let untouched = accesses.iter().fold(0, |entry, access| entry | access.bit());
        let with_memory =
            |memory| Self { memory, place, untouched, limit, touched: Vec::new(), most_touched: 0, read_only: false };
        let kind = Untouched { entry: untouched, limit, place };
        let bytes = match place {
            StoragePlace::Apart => MAX_STORAGE_PAGES.0 as usize,
            // An instance's own memory has the addresses of its page table, see `memory_creator`.
            StoragePlace::InOwnMemory => OWN_MEMORY_PAGES * PAGE_SIZE,
        };
        if let Some(memory) = recycled::take_table(kind, bytes) {
            return Ok(with_memory(memory));
        }
        let table = with_memory(recycled::reserve(bytes)?);
        if place == StoragePlace::InOwnMemory {
            // SAFETY: the entries of own memory lie within the accessible bytes, and no code reads the new table yet.
            unsafe { table.memory.start().as_ptr().write_bytes(ALL_ACCESSES, OWN_MEMORY_PAGES) };
        }
        for page in 0..limit.0 {
            table.set(PageIndex(page), untouched);
        }
        Ok(table)
    }

    /// Returns the address of the first byte of storage.
    #[inline]
    pub(crate) fn storage_base(&self) -> u32 {
        self.place.base()
    }

    /// Returns the reservation, to be mapped as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    /// Returns at least the bytes of host memory that the table takes, one for each entry of a page below the limit.
    pub(crate) fn kept_bytes(&self) -> usize {
        let own = if self.place == StoragePlace::InOwnMemory { OWN_MEMORY_PAGES } else { 0 };
        own + if self.untouched == 0 { self.most_touched.next_multiple_of(PAGE_SIZE) } else { self.limit.0 as usize }
    }

    /// Returns true for a static call: it may not write storage, transfer value or emit events.
    #[inline]
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Sets whether the next call is static.
    pub(crate) fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Returns true if the call may access the page in this way.
    #[inline]
    pub(crate) fn allows(&self, page: PageIndex, access: Access) -> bool {
        self.entry(page) & access.bit() != 0
    }

    /// Allows the call this access to the page from now on.
    #[inline]
    pub(crate) fn allow(&mut self, page: PageIndex, access: Access) {
        let entry = self.entry(page);
        if entry == self.untouched {
            self.touched.push(page);
            self.most_touched = self.most_touched.max(page.0 as usize + 1);
        }
        self.set(page, entry | access.bit());
    }

    /// Returns the pages that the call accessed in this way, in order of first touch.
    pub(crate) fn pages(&self, access: Access) -> Vec<PageIndex> {
        self.touched.iter().copied().filter(|page| self.allows(*page, access)).collect()
    }

    /// Resets all entries, in time proportional to the number of touched pages. Appends each touched page to `list`,
    /// with the bits of the accesses that the call made.
    pub(crate) fn clear_into(&mut self, list: &mut Vec<(PageIndex, u8)>) {
        list.reserve(self.touched.len());
        self.clear(|page, entry| list.push((page, entry)));
    }

    fn clear(&mut self, mut each: impl FnMut(PageIndex, u8)) {
        while let Some(page) = self.touched.pop() {
            each(page, self.entry(page) & !self.untouched);
            self.set(page, self.untouched);
        }
    }

    #[inline]
    fn entry(&self, page: PageIndex) -> u8 {
        let index = self.index(page);
        // SAFETY: the index is within the accessible 2^20 bytes. Wasm only reads the table, and this value is its only
        // writer.
        unsafe { self.memory.start().as_ptr().add(index).read() }
    }

    #[inline]
    fn set(&self, page: PageIndex, entry: u8) {
        let index = self.index(page);
        // SAFETY: as in `entry`. The wasm that reads the table runs on this thread only, so it is not running now
        // (rule 1).
        unsafe { self.memory.start().as_ptr().add(index).write(entry) }
    }

    /// Returns the index of the entry of a page: that of its address.
    #[inline]
    fn index(&self, page: PageIndex) -> usize {
        let index = page.0 as usize + self.place.base() as usize / PAGE_SIZE;
        assert!(index < MAX_STORAGE_PAGES.0 as usize, "page {page} has no entry in a page table");
        index
    }
}

impl Drop for PageTable {
    fn drop(&mut self) {
        self.clear(|_, _| {});
        let kind = Untouched { entry: self.untouched, limit: self.limit, place: self.place };
        recycled::put_table(kind, self.memory.clone());
    }
}
