//! The dirty pages of a region.

use super::super::source::PageSource;
use super::Region;
use crate::store::StoreError;
use crate::units::{PageIndex, StateRoot};

impl Region {
    /// Marks a page dirty before its first write. The store keeps its committed bytes until the commit, so no copy of
    /// them is made.
    pub(in crate::paging) fn mark_dirty(&mut self, page: PageIndex) {
        if self.frames.dirty.insert(page) {
            self.frames.filled.insert(page);
            self.dirty_pages.push(page);
        }
    }

    /// Returns true if a page is marked dirty.
    pub(crate) fn is_written(&self, page: PageIndex) -> bool {
        self.frames.dirty.contains(page)
    }

    /// Returns the pages that are marked dirty, in order of first write.
    pub(in crate::paging) fn dirty_pages(&self) -> &[PageIndex] {
        &self.dirty_pages
    }

    /// Returns the number of pages that are marked dirty, under the pagers that detect writes by page checks.
    pub(crate) fn written_pages(&self) -> usize {
        self.dirty_pages.len()
    }

    /// Calls `each` for every page that is marked dirty, under the same pagers.
    pub(crate) fn each_written(&self, each: impl FnMut(PageIndex)) {
        self.dirty_pages.iter().copied().for_each(each);
    }

    /// Marks dirty pages clean if they have not changed.
    pub(crate) fn retain_written(&mut self, changed: impl Fn(PageIndex) -> bool) {
        self.dirty_pages.retain(|page| {
            let keep = changed(*page);
            if !keep {
                self.frames.dirty.remove(*page);
            }
            keep
        });
    }

    /// Marks all dirty pages clean: their current bytes are the committed bytes of this state root.
    pub(crate) fn settle(&mut self, state: StateRoot) {
        while let Some(page) = self.dirty_pages.pop() {
            self.frames.dirty.remove(page);
        }
        self.state = state;
    }

    /// Reads the committed bytes of all dirty pages again.
    pub(in crate::paging) fn undo(&mut self, source: &dyn PageSource) -> Result<(), StoreError> {
        while let Some(page) = self.dirty_pages.pop() {
            self.frames.dirty.remove(page);
            // SAFETY: as in `load`.
            unsafe { self.frames.load(page, source)? };
        }
        Ok(())
    }

    /// Marks dirty pages clean if they are as the store has them, except those for which `keep` returns true. Returns the pages.
    pub(in crate::paging) fn clean_unchanged(
        &mut self,
        source: &dyn PageSource,
        keep: &dyn Fn(PageIndex) -> bool,
    ) -> Result<Vec<PageIndex>, StoreError> {
        let unchanged = self.frames.clean_unchanged(self.frames.all(), source, keep)?;
        let frames = &self.frames;
        self.dirty_pages.retain(|page| frames.dirty.contains(*page));
        Ok(unchanged)
    }
}
