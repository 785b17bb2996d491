//! The frames of a region: what its owner and the fault handler of its thread share.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::bits::PageSet;
use super::page_table::Access;
use super::reservation::Reservation;
use super::source::PageSource;
use super::statistics::Counters;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex};

/// Where a contract's pages lie and what is known of each.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) memory: Arc<Reservation>,
    pub(super) limit: PageCount,
    /// Pages whose bytes have been brought in.
    pub(super) present: PageSet,
    /// Pages that may differ from their committed bytes.
    pub(super) written: PageSet,
    pub(super) counters: Counters,
}

impl Frames {
    /// Memory for `limit` pages, none of them present.
    pub(super) fn new(limit: PageCount) -> io::Result<Self> {
        Ok(Self::with(Arc::new(Reservation::new(limit.bytes() as usize)?), limit))
    }

    /// Frames in a mapping of `limit` accessible pages.
    pub(super) fn with(memory: Arc<Reservation>, limit: PageCount) -> Self {
        Self {
            memory,
            limit,
            present: PageSet::new(limit),
            written: PageSet::new(limit),
            counters: Counters::default(),
        }
    }

    /// Where a page lies.
    ///
    /// # Panics
    /// If it is not below the limit.
    pub(super) fn page(&self, page: PageIndex) -> *mut PageBytes {
        assert!(self.limit.contains(page), "page {page} is not below the limit of {} pages", self.limit);
        // SAFETY: a page below the limit lies within the mapping.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize * PAGE_SIZE).cast() }
    }

    /// Copies a page from the store to where it lies, present or not.
    ///
    /// # Safety
    /// The bytes are accessible and the caller's alone (rule 1): either it owns the region, or it handles a fault of
    /// the code that the region is lent to; and nobody holds a reference to them.
    pub(super) unsafe fn load(&self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
        // SAFETY: `page` gives a place in the mapping; that it may be written is the caller's promise.
        source.read(page, unsafe { &mut *self.page(page) })?;
        self.counters.pages_loaded.add(1);
        self.present.insert(page);
        Ok(())
    }

    /// As `load`, but leaves alone the memory of a page that is not stored and that nobody has touched: it is zero.
    ///
    /// # Safety
    /// As for `load`.
    pub(super) unsafe fn load_stored(&self, page: PageIndex, source: &dyn PageSource) -> Result<(), StoreError> {
        let mut bytes = [0; PAGE_SIZE];
        if source.read(page, &mut bytes)? {
            // SAFETY: as in `load`.
            unsafe { *self.page(page) = bytes };
        }
        self.counters.pages_loaded.add(1);
        self.present.insert(page);
        Ok(())
    }

    /// Counts a fault.
    #[inline]
    pub(super) fn count_fault(&self, access: Access) {
        match access {
            Access::Read => self.counters.read_faults.add(1),
            Access::Write => self.counters.write_faults.add(1),
        }
    }

    /// Gives the memory of pages back and takes them for absent and clean. The caller owns the region.
    pub(super) fn discard(&self, pages: Range<u32>) -> io::Result<()> {
        self.counters.system_calls.add(u64::from(!pages.is_empty()));
        self.memory.discard(pages.clone())?;
        self.present.clear(pages.clone());
        self.written.clear(pages);
        Ok(())
    }

    /// All pages.
    pub(super) fn all(&self) -> Range<u32> {
        0..self.limit.0
    }
}
