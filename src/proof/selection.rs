//! What of a contract's storage a proof is asked for.

use super::claims::{Claims, merge};
use super::error::ProveError;
use crate::limits::{MAX_PROOF_RANGE_BYTES, MAX_STORAGE_PAGES};
use crate::units::{ByteOffset, PAGE_SIZE, PageIndex};

/// What of a contract's storage is to be proven: whole pages, ranges of bytes, or both, in any order.
///
/// Pages alone can be given as a slice of them, wherever a selection is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Selection {
    pages: Vec<PageIndex>,
    ranges: Vec<(ByteOffset, u64)>,
}

impl Selection {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// And a whole page.
    pub fn page(mut self, page: PageIndex) -> Self {
        self.pages.push(page);
        self
    }

    /// And so many bytes from an offset on. Ranges that touch or overlap are proven as one.
    pub fn bytes(mut self, offset: ByteOffset, length: u64) -> Self {
        self.ranges.push((offset, length));
        self
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.ranges.is_empty()
    }

    /// Where each of its parts begins, and how many bytes it has.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (ByteOffset, u64)> {
        let pages = self.pages.iter().map(|page| (page.start(), PAGE_SIZE as u64));
        pages.chain(self.ranges.iter().copied())
    }

    /// The same in order, if a proof can be of it.
    pub(super) fn claims(&self) -> Result<Claims, ProveError> {
        if self.is_empty() {
            return Err(ProveError::NothingSelected);
        }
        let mut pages = self.pages.clone();
        pages.sort();
        pages.dedup();
        if let Some(last) = pages.last().filter(|page| !MAX_STORAGE_PAGES.contains(**page)) {
            return Err(ProveError::PageIndex(*last));
        }
        let mut ranges = Vec::new();
        for &(offset, length) in &self.ranges {
            if length == 0 {
                return Err(ProveError::EmptyRange(offset));
            }
            let end = offset.0.checked_add(length).filter(|end| *end <= MAX_STORAGE_PAGES.bytes());
            ranges.push(offset.0..end.ok_or(ProveError::Range { offset, length })?);
        }
        merge(&mut ranges);
        let bytes = ranges.iter().map(|range| range.end - range.start).sum();
        if bytes > MAX_PROOF_RANGE_BYTES {
            return Err(ProveError::RangeBytes(bytes));
        }
        Ok(Claims { pages, ranges })
    }
}

impl From<&[PageIndex]> for Selection {
    fn from(pages: &[PageIndex]) -> Self {
        Self { pages: pages.to_vec(), ranges: Vec::new() }
    }
}

impl<const N: usize> From<&[PageIndex; N]> for Selection {
    fn from(pages: &[PageIndex; N]) -> Self {
        Self::from(&pages[..])
    }
}
