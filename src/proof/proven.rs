//! What a proof says of storage. The bytes stay where they are in the proof until they are asked for.

use std::ops::Range;

use super::claims::{bytes_of, chunks_of};
use crate::store::hash::{CHUNK_SIZE, ZERO_PAGE};
use crate::units::{ByteOffset, PageBytes, PageIndex};

/// A chunk that a proof shows, and that is not all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    /// Its number in the contract's storage.
    pub(super) number: u32,
    /// Up to its last byte that is not zero.
    pub(super) content: &'a [u8],
}

impl<'a> Shown<'a> {
    /// What of some bytes the chunk holds, and how far after the first of them.
    fn part_of(&self, bytes: &Range<u64>) -> (usize, &'a [u8]) {
        let start = u64::from(self.number) * CHUNK_SIZE as u64;
        let from = bytes.start.max(start);
        let to = bytes.end.min(start + self.content.len() as u64).max(from);
        let part = self.content.get((from - start) as usize..(to - start) as usize).unwrap_or_default();
        ((from - bytes.start) as usize, part)
    }
}

/// Copies what is shown of some bytes; the rest of them is zero.
fn copy(shown: &[Shown<'_>], bytes: &Range<u64>, into: &mut [u8]) {
    for chunk in shown {
        let (at, part) = chunk.part_of(bytes);
        into[at..at + part.len()].copy_from_slice(part);
    }
}

/// Those of some chunks, which are in ascending order, that hold bytes.
fn holding<'a>(shown: &[Shown<'a>], bytes: &Range<u64>) -> Vec<Shown<'a>> {
    let chunks = chunks_of(bytes);
    let from = shown.partition_point(|chunk| chunk.number < chunks.start);
    let to = shown.partition_point(|chunk| chunk.number < chunks.end);
    shown[from..to].to_vec()
}

/// One page of a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPage<'a> {
    /// Which page.
    pub index: PageIndex,
    pub(super) shown: Vec<Shown<'a>>,
}

impl<'a> ProvenPage<'a> {
    pub(super) fn new(index: PageIndex, shown: &[Shown<'a>]) -> Self {
        Self { index, shown: holding(shown, &bytes_of(index)) }
    }

    /// Whether the page is all zero, which is the same as absent.
    pub fn is_zero(&self) -> bool {
        self.shown.is_empty()
    }

    /// The page's bytes.
    pub fn content(&self) -> PageBytes {
        let mut page = ZERO_PAGE;
        copy(&self.shown, &bytes_of(self.index), &mut page);
        page
    }
}

/// One range of bytes of a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRange<'a> {
    /// Where in the contract's storage its first byte is.
    pub offset: ByteOffset,
    /// How many bytes it has: one or more, and with those of all other ranges at most
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

    /// Whether all its bytes are zero.
    pub fn is_zero(&self) -> bool {
        self.shown.iter().all(|chunk| chunk.part_of(&self.bytes()).1.iter().all(|byte| *byte == 0))
    }

    /// Its bytes.
    pub fn content(&self) -> Vec<u8> {
        let mut content = vec![0; self.length as usize];
        copy(&self.shown, &self.bytes(), &mut content);
        content
    }
}
