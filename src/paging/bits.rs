//! A set of pages, one bit each.

use crate::units::{PageCount, PageIndex};

/// Which of a contract's pages have some property.
#[derive(Debug)]
pub(super) struct PageSet {
    words: Vec<u64>,
}

impl PageSet {
    /// An empty set of pages below a limit.
    pub(super) fn new(limit: PageCount) -> Self {
        Self { words: vec![0; (limit.0 as usize).div_ceil(64)] }
    }

    /// Whether the page is in the set.
    pub(super) fn contains(&self, page: PageIndex) -> bool {
        self.words[page.0 as usize / 64] >> (page.0 % 64) & 1 == 1
    }

    /// Adds a page; returns whether it was not in the set.
    pub(super) fn insert(&mut self, page: PageIndex) -> bool {
        let word = &mut self.words[page.0 as usize / 64];
        let bit = 1 << (page.0 % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Takes a page out; returns whether it was in the set.
    pub(super) fn remove(&mut self, page: PageIndex) -> bool {
        let word = &mut self.words[page.0 as usize / 64];
        let bit = 1 << (page.0 % 64);
        let present = *word & bit != 0;
        *word &= !bit;
        present
    }

    /// Takes all pages out.
    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }
}
