//! The part of a contract's storage to prove.

use super::claims::{Claims, merge};
use super::error::ProveError;
use crate::limits::{MAX_PROOF_RANGE_BYTES, MAX_STORAGE_PAGES};
use crate::units::{ByteOffset, PAGE_SIZE, PageIndex};

/// The part of a contract's storage to prove: whole pages, byte ranges, or both, in any order.
///
/// A slice of pages converts into a selection of these pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Selection {
    pages: Vec<PageIndex>,
    ranges: Vec<(ByteOffset, u64)>,
}

impl Selection {
    /// Creates an empty selection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a whole page.
    pub fn page(mut self, page: PageIndex) -> Self {
        self.pages.push(page);
        self
    }

    /// Adds the range of `length` bytes from `offset`. Ranges that touch or overlap are proven as one.
    pub fn bytes(mut self, offset: ByteOffset, length: u64) -> Self {
        self.ranges.push((offset, length));
        self
    }

    /// Returns true if nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.ranges.is_empty()
    }

    /// Returns the offset and the length in bytes of each selected page and range.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (ByteOffset, u64)> {
        let pages = self.pages.iter().map(|page| (page.start(), PAGE_SIZE as u64));
        pages.chain(self.ranges.iter().copied())
    }

    /// Returns the selection in canonical order, or the reason why it cannot be proven.
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
