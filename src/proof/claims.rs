//! The pages and byte ranges that a proof of storage shows, in their canonical order. The head of `proof` describes their layout.

use std::ops::Range;

use super::error::Problem;
use crate::limits::{MAX_PROOF_RANGE_BYTES, MAX_STORAGE_PAGES};
use crate::store::codec::{Reader, Writer};
use crate::store::hash::{CHUNK_SIZE, PAGE_DEPTH};
use crate::units::{ByteOffset, PAGE_SIZE, PageIndex};

/// Pages in ascending order, each once, and byte ranges in ascending order that neither touch nor overlap.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) pages: Vec<PageIndex>,
    pub(super) ranges: Vec<Range<u64>>,
}

/// Sorts ranges in ascending order, and merges ranges that touch or overlap.
pub(super) fn merge<T: Ord + Copy>(ranges: &mut Vec<Range<T>>) {
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|range, last| {
        let is_apart = range.start > last.end;
        if !is_apart {
            last.end = last.end.max(range.end);
        }
        !is_apart
    });
}

/// Returns the byte range of a page.
pub(super) fn bytes_of(page: PageIndex) -> Range<u64> {
    let ByteOffset(start) = page.start();
    start..start + PAGE_SIZE as u64
}

/// Returns the numbers of the chunks that hold a byte range.
pub(super) fn chunks_of(bytes: &Range<u64>) -> Range<u32> {
    // Storage ends at byte 2^32, so both ends of the range are at most 2^23.
    (bytes.start / CHUNK_SIZE as u64) as u32..bytes.end.div_ceil(CHUNK_SIZE as u64) as u32
}

impl Claims {
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.varint(self.pages.len() as u64);
        let mut next = 0;
        for page in &self.pages {
            writer.varint((page.0 - next).into());
            next = page.0 + 1;
        }
        writer.varint(self.ranges.len() as u64);
        let mut next = 0;
        for range in &self.ranges {
            writer.varint(range.start - next).varint(range.end - range.start - 1);
            next = range.end + 1;
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Problem> {
        let claims = Self { pages: pages(reader)?, ranges: ranges(reader)? };
        if claims.pages.is_empty() && claims.ranges.is_empty() {
            return Err(Problem::Nothing);
        }
        Ok(claims)
    }

    /// Returns the chunks that hold the claimed pages and ranges and lie within a tree of a depth. The ranges of chunks are in
    /// ascending order, and neither touch nor overlap.
    pub(super) fn chunks(&self, depth: u32) -> Vec<Range<u32>> {
        let end = 1 << (depth + PAGE_DEPTH);
        let pages = self.pages.iter().map(|page| chunks_of(&bytes_of(*page)));
        let chunks = pages.chain(self.ranges.iter().map(chunks_of));
        let mut chunks: Vec<_> = chunks.filter(|chunks| chunks.start < end).collect();
        chunks.iter_mut().for_each(|chunks| chunks.end = chunks.end.min(end));
        merge(&mut chunks);
        chunks
    }
}

// Each item of both lists takes at least one byte. So a list grows no faster than bytes are read, whatever count it declares.

fn pages(reader: &mut Reader<'_>) -> Result<Vec<PageIndex>, Problem> {
    let mut pages = Vec::new();
    let mut next = 0_u64;
    for _ in 0..reader.varint()? {
        let index = next.saturating_add(reader.varint()?);
        match u32::try_from(index) {
            Ok(small) if MAX_STORAGE_PAGES.contains(PageIndex(small)) => pages.push(PageIndex(small)),
            _ => return Err(Problem::PageIndex(index)),
        }
        next = index + 1;
    }
    Ok(pages)
}

fn ranges(reader: &mut Reader<'_>) -> Result<Vec<Range<u64>>, Problem> {
    let mut ranges = Vec::new();
    let (mut next, mut bytes) = (0_u64, 0);
    for _ in 0..reader.varint()? {
        let start = next.saturating_add(reader.varint()?);
        let last = start.saturating_add(reader.varint()?);
        if last >= MAX_STORAGE_PAGES.bytes() {
            return Err(Problem::Range { first: start, last });
        }
        let range = start..last + 1;
        bytes += range.end - range.start;
        if bytes > MAX_PROOF_RANGE_BYTES {
            return Err(Problem::RangeBytes);
        }
        next = range.end + 1;
        ranges.push(range);
    }
    Ok(ranges)
}
