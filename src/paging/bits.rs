//! A set of pages, one bit each.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::units::{PageCount, PageIndex};

/// A subset of a contract's pages.
///
/// One thread at a time changes it, but a fault handler may do so while wasm runs. So the words are atomic, and relaxed
/// loads and stores suffice.
#[derive(Debug)]
pub(super) struct PageSet {
    words: Box<[AtomicU64]>,
}

impl PageSet {
    /// Returns an empty set of pages below a limit.
    pub(super) fn new(limit: PageCount) -> Self {
        Self { words: (0..(limit.0 as usize).div_ceil(64)).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Returns true if the page is in the set.
    #[inline]
    pub(super) fn contains(&self, page: PageIndex) -> bool {
        self.words[page.0 as usize / 64].load(Ordering::Relaxed) >> (page.0 % 64) & 1 == 1
    }

    /// Adds a page. Returns true if it was not in the set.
    #[inline]
    pub(super) fn insert(&self, page: PageIndex) -> bool {
        let word = &self.words[page.0 as usize / 64];
        let (before, bit) = (word.load(Ordering::Relaxed), 1 << (page.0 % 64));
        word.store(before | bit, Ordering::Relaxed);
        before & bit == 0
    }

    /// Removes a page. Returns true if it was in the set.
    #[inline]
    pub(super) fn remove(&self, page: PageIndex) -> bool {
        let word = &self.words[page.0 as usize / 64];
        let (before, bit) = (word.load(Ordering::Relaxed), 1 << (page.0 % 64));
        word.store(before & !bit, Ordering::Relaxed);
        before & bit != 0
    }

    /// Removes the pages of a range, and possibly some beside it: whole words are cleared.
    pub(super) fn clear(&self, pages: Range<u32>) {
        for word in self.words_of(&pages) {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// Returns the number of members in a range, or some more: whole words are counted.
    pub(super) fn count(&self, pages: Range<u32>) -> u32 {
        self.words_of(&pages).iter().map(|word| word.load(Ordering::Relaxed).count_ones()).sum()
    }

    /// Returns the members in a range, in ascending order.
    pub(super) fn members(&self, pages: Range<u32>) -> impl Iterator<Item = PageIndex> {
        let first = pages.start / 64 * 64;
        let words = self.words_of(&pages).iter().map(|word| word.load(Ordering::Relaxed)).zip((first..).step_by(64));
        words
            .filter(|(word, _)| *word != 0)
            .flat_map(|(word, first)| {
                let without_lowest = |rest: &u64| Some(rest & (rest - 1)).filter(|rest| *rest != 0);
                std::iter::successors(Some(word), without_lowest)
                    .map(move |rest| PageIndex(first + rest.trailing_zeros()))
            })
            .filter(move |page| pages.contains(&page.0))
    }

    fn words_of(&self, pages: &Range<u32>) -> &[AtomicU64] {
        if pages.is_empty() {
            return &[];
        }
        &self.words[pages.start as usize / 64..(pages.end as usize).div_ceil(64)]
    }
}
