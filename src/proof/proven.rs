//! The storage that a proof shows. The content stays in the bytes of the proof until a caller asks for it.

use std::ops::Range;

use super::claims::{bytes_of, chunks_of};
use crate::store::hash::{CHUNK_SIZE, ZERO_PAGE};
use crate::units::{ByteOffset, PageBytes, PageIndex};

/// A chunk that a proof shows and that is not all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    /// The number of the chunk in the contract's storage.
    pub(super) number: u32,
    /// The content up to the last byte that is not zero.
    pub(super) content: &'a [u8],
}

impl<'a> Shown<'a> {
    /// Returns the part of a byte range that the chunk's content covers, and its offset from the start of the range.
    fn part_of(&self, bytes: &Range<u64>) -> (usize, &'a [u8]) {
        let start = u64::from(self.number) * CHUNK_SIZE as u64;
        let from = bytes.start.max(start);
        let to = bytes.end.min(start + self.content.len() as u64).max(from);
        let part = self.content.get((from - start) as usize..(to - start) as usize).unwrap_or_default();
        ((from - bytes.start) as usize, part)
    }
}

/// Copies the shown part of a byte range into `into`, which is zero before. All other bytes of the range are zero.
fn copy(shown: &[Shown<'_>], bytes: &Range<u64>, into: &mut [u8]) {
    for chunk in shown {
        let (at, part) = chunk.part_of(bytes);
        into[at..at + part.len()].copy_from_slice(part);
    }
}

/// Returns those of the shown chunks, in ascending order, that lie in a byte range.
fn holding<'a>(shown: &[Shown<'a>], bytes: &Range<u64>) -> Vec<Shown<'a>> {
    let chunks = chunks_of(bytes);
    let from = shown.partition_point(|chunk| chunk.number < chunks.start);
    let to = shown.partition_point(|chunk| chunk.number < chunks.end);
    shown[from..to].to_vec()
}

/// A page that a proof shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPage<'a> {
    /// The index of the page.
    pub index: PageIndex,
    pub(super) shown: Vec<Shown<'a>>,
}

impl<'a> ProvenPage<'a> {
    pub(super) fn new(index: PageIndex, shown: &[Shown<'a>]) -> Self {
        Self { index, shown: holding(shown, &bytes_of(index)) }
    }

    /// Returns true if all bytes of the page are zero. A page that was never written is zero, too.
    pub fn is_zero(&self) -> bool {
        self.shown.is_empty()
    }

    /// Returns the content of the page.
    pub fn content(&self) -> PageBytes {
        let mut page = ZERO_PAGE;
        copy(&self.shown, &bytes_of(self.index), &mut page);
        page
    }
}

/// A byte range that a proof shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRange<'a> {
    /// The offset of the first byte in the contract's storage.
    pub offset: ByteOffset,
    /// The length in bytes, at least 1. All ranges of a proof together have at most
    /// [`MAX_PROOF_RANGE_BYTES`](crate::limits::MAX_PROOF_RANGE_BYTES).
    pub length: u64,
    pub(super) shown: Vec<Shown<'a>>,
}

impl<'a> ProvenRange<'a> {
    pub(super) fn new(bytes: &Range<u64>, shown: &[Shown<'a>]) -> Self {
        let shown = holding(shown, bytes);
        Self { offset: ByteOffset(bytes.start), length: bytes.end - bytes.start, shown }
    }

    fn bytes(&self) -> Range<u64> {
        self.offset.0..self.offset.0 + self.length
    }

    /// Returns true if all bytes of the range are zero.
    pub fn is_zero(&self) -> bool {
        self.shown.iter().all(|chunk| chunk.part_of(&self.bytes()).1.iter().all(|byte| *byte == 0))
    }

    /// Returns the content of the range.
    pub fn content(&self) -> Vec<u8> {
        let mut content = vec![0; self.length as usize];
        copy(&self.shown, &self.bytes(), &mut content);
        content
    }
}
