//! The bytes of a region, as host code reads and writes them.

use std::ops::Range;
use std::slice;

use super::Region;
use crate::units::{PAGE_SIZE, PageBytes, PageIndex};

impl Region {
    /// Returns the current bytes of a range of storage, whose pages the caller has touched.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.check(&range);
        // SAFETY: as in `page`; frames lie next to one another.
        unsafe { slice::from_raw_parts(self.memory.start().as_ptr().add(range.start), range.len()) }
    }

    /// Returns the current bytes of a range of storage for writing. The caller has touched its pages.
    pub(crate) fn bytes_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.check(&range);
        // SAFETY: as in `bytes`; the borrow is exclusive.
        unsafe { slice::from_raw_parts_mut(self.memory.start().as_ptr().add(range.start), range.len()) }
    }

    fn check(&self, range: &Range<usize>) {
        let limit = self.limit.bytes() as usize;
        assert!(range.start <= range.end && range.end <= limit, "{range:?} is not within {limit} bytes of storage");
    }

    /// Returns the current bytes of a page. They are meaningful only if the page is present.
    pub(crate) fn page(&self, page: PageIndex) -> &PageBytes {
        // SAFETY: the frame is within the accessible bytes. Under a pager that removes rights, the caller has touched
        // the page, so it is readable. The borrow of `self` excludes writes (rules 1 and 3).
        unsafe { &*self.frame(page) }
    }

    /// Returns the current bytes of a page for writing.
    pub(crate) fn page_mut(&mut self, page: PageIndex) -> &mut PageBytes {
        // SAFETY: as in `page`; the borrow is exclusive.
        unsafe { &mut *self.frame(page) }
    }

    /// Returns the frame of a page that gets other bytes than the committed ones.
    pub(crate) fn frame_to_restore(&mut self, page: PageIndex) -> &mut PageBytes {
        self.present_count += u32::from(self.frames.present.insert(page));
        self.mark_dirty(page);
        self.page_mut(page)
    }

    fn frame(&self, page: PageIndex) -> *mut PageBytes {
        assert!(self.limit.contains(page), "page {page} is not below the limit of {} pages", self.limit);
        // SAFETY: the frame of a page below the limit lies within the reservation.
        unsafe { self.memory.start().as_ptr().add(page.0 as usize * PAGE_SIZE).cast() }
    }
}
