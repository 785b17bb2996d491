//! What one call may do with each page.

use std::io;
use std::sync::Arc;

use super::reservation::Reservation;
use super::spare;
use crate::contract::names;
use crate::limits::MAX_STORAGE_PAGES;
use crate::units::{PageCount, PageIndex};

/// How a page is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Its bytes are looked at.
    Read,
    /// Its bytes may be changed.
    Write,
}

impl Access {
    /// The bit of a page table's entry that allows it; compiled checks test the same bits.
    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Read => names::READ_BIT,
            Self::Write => names::WRITE_BIT,
        }
    }
}

/// One byte a page: bit 0 allows reading, bit 1 writing. Seen by compiled code as a wasm memory of 2^20 bytes, so that
/// the look-up of any 32-bit address is within it.
///
/// The two bits are given apart, each at the first access of its kind: the table of a finished call says exactly
/// which pages it read and which it wrote.
#[derive(Debug)]
pub(crate) struct PageTable {
    memory: Arc<Reservation>,
    /// The entry of a page that was not touched.
    untouched: u8,
    /// Pages with this entry; those beyond have 0.
    limit: PageCount,
    /// Pages whose entry is another, in order of first touch.
    touched: Vec<PageIndex>,
    /// Whether the call may write nothing: its pager then gives no right to.
    read_only: bool,
}

impl PageTable {
    /// A table that allows nothing.
    pub(crate) fn new() -> io::Result<Self> {
        Self::open(PageCount(0), &[])
    }

    /// A table that always allows some kinds of access below a limit, because nobody checks them: of these it does not
    /// say which pages were touched.
    pub(crate) fn open(limit: PageCount, to: &[Access]) -> io::Result<Self> {
        let untouched = to.iter().fold(0, |rights, access| rights | access.bit());
        let of = |memory| Self { memory, untouched, limit, touched: Vec::new(), read_only: false };
        if let Some(memory) = spare::take_table((untouched, limit), MAX_STORAGE_PAGES.0 as usize) {
            return Ok(of(memory));
        }
        let table = of(Arc::new(Reservation::new(MAX_STORAGE_PAGES.0 as usize)?));
        for page in 0..limit.0 {
            table.set(PageIndex(page), untouched);
        }
        Ok(table)
    }

    /// The mapping, to be presented as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    /// Whether the call may write nothing, no money and no event included.
    #[inline]
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Says whether the next call may write.
    pub(crate) fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Whether the call may touch the page so.
    #[inline]
    pub(crate) fn allows(&self, page: PageIndex, access: Access) -> bool {
        self.entry(page) & access.bit() != 0
    }

    /// Lets the call touch the page so from now on.
    #[inline]
    pub(crate) fn allow(&mut self, page: PageIndex, access: Access) {
        let entry = self.entry(page);
        if entry == self.untouched {
            self.touched.push(page);
        }
        self.set(page, entry | access.bit());
    }

    /// The pages that the call touched so, in order of first touch.
    pub(crate) fn pages(&self, access: Access) -> Vec<PageIndex> {
        self.touched.iter().copied().filter(|page| self.allows(*page, access)).collect()
    }

    /// Takes every right away that was given, in time proportional to the pages touched, and lists them: each page with
    /// the bits of what the call did.
    pub(crate) fn clear_into(&mut self, list: &mut Vec<(PageIndex, u8)>) {
        list.reserve(self.touched.len());
        self.clear(|page, rights| list.push((page, rights)));
    }

    fn clear(&mut self, mut each: impl FnMut(PageIndex, u8)) {
        while let Some(page) = self.touched.pop() {
            each(page, self.entry(page) & !self.untouched);
            self.set(page, self.untouched);
        }
    }

    #[inline]
    fn entry(&self, page: PageIndex) -> u8 {
        assert!(MAX_STORAGE_PAGES.contains(page), "page {page} has no entry in a page table");
        // SAFETY: the index is below the accessible 2^20 bytes; wasm only reads the table, and this value is its only
        // writer.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize).read() }
    }

    #[inline]
    fn set(&self, page: PageIndex, rights: u8) {
        assert!(MAX_STORAGE_PAGES.contains(page), "page {page} has no entry in a page table");
        // SAFETY: as in `entry`; the wasm that reads the table is not running, as this thread is here (rule 1).
        unsafe { self.memory.start().as_ptr().add(page.0 as usize).write(rights) }
    }
}

impl Drop for PageTable {
    fn drop(&mut self) {
        self.clear(|_, _| {});
        spare::put_table((self.untouched, self.limit), self.memory.clone());
    }
}
