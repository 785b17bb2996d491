//! Diffs: the changes of a contract's pages in one version.
//!
//! A diff is stored in parts ([`part`]). The changes of one page form a linked list from the newest commit back to the oldest.
//! The page's record names the newest commit, and each change names the one before it.

pub(super) mod part;

use std::ops::Range;

use super::hash::{CHUNK_SIZE, ChunkSet};
use crate::units::{CommitNumber, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// The least number of equal bytes that end a run: a shorter gap costs less inside the run than the start of another run.
const SHORTEST_GAP: usize = 3;

/// A byte run: consecutive changed bytes of a page, as old XOR new, which leads in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Offset of the first byte in the page.
    pub offset: u16,
    /// Old XOR new. The first and the last byte are not zero.
    pub xor: Vec<u8>,
}

/// The change of one page in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageChange {
    /// The page's index.
    pub page: PageIndex,
    /// The previous commit that changed the page, or 0 if there is none.
    pub previous: CommitNumber,
    /// The bytes that changed: runs in ascending order, with a gap between any two.
    pub runs: Vec<Run>,
}

/// The diff of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRecord {
    /// The commit that made the version.
    pub commit: CommitNumber,
    /// The version.
    pub version: Version,
    /// State root before.
    pub before: StateRoot,
    /// State root after.
    pub after: StateRoot,
    /// The changed pages, in ascending order.
    pub pages: Vec<PageChange>,
}

/// A run extends past the end of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a byte run of {length} bytes at offset {offset} extends past the end of its page")]
pub struct RunOutOfPage {
    /// Offset of its first byte.
    pub offset: u16,
    /// Its length in bytes.
    pub length: usize,
}

/// Returns the bytes that differ between two contents of a page, in runs that are cheap to encode.
pub fn runs_between(old: &PageBytes, new: &PageBytes) -> Vec<Run> {
    let run = |range: Range<usize>| {
        let mut bytes = vec![0; range.len()];
        xor(old, new, range.clone(), &mut bytes);
        Run { offset: range.start as u16, xor: bytes }
    };
    ranges_between(old, new, ChunkSet::ALL).map(run).collect()
}

/// Returns where the byte runs between two contents of a page lie, in ascending order. `changed` has every chunk that differs.
fn ranges_between(old: &PageBytes, new: &PageBytes, changed: ChunkSet) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = first_difference(old, new, changed, end)?;
        end = end_of_run(old, new, start);
        Some(start..end)
    })
}

/// Computes old XOR new.
fn xor(old: &PageBytes, new: &PageBytes, range: Range<usize>, into: &mut [u8]) {
    let bytes = old[range.clone()].iter().zip(&new[range]);
    into.iter_mut().zip(bytes).for_each(|(into, (old, new))| *into = old ^ new);
}

/// Finds the first differing byte at or after `from`. Skips equal bytes in blocks of 128.
fn first_difference(old: &PageBytes, new: &PageBytes, changed: ChunkSet, mut from: usize) -> Option<usize> {
    const WIDE: usize = 128;
    while from < PAGE_SIZE {
        let end = (from / CHUNK_SIZE + 1) * CHUNK_SIZE;
        if changed.contains(from / CHUNK_SIZE) {
            let (old, new) = (&old[from..end], &new[from..end]);
            let equal = WIDE * old.chunks(WIDE).zip(new.chunks(WIDE)).take_while(|(old, new)| old == new).count();
            let mut rest = old.iter().zip(new).skip(equal);
            if let Some(at) = rest.position(|(old, new)| old != new) {
                return Some(from + equal + at);
            }
        }
        from = end;
    }
    None
}

/// Finds the end of the run that begins at `start`. Skips eight differing bytes in one step.
fn end_of_run(old: &PageBytes, new: &PageBytes, start: usize) -> usize {
    let word = |page: &PageBytes, at: usize| page[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let differs_throughout = |at: usize| {
        let xor = word(old, at).zip(word(new, at)).map_or(0, |(old, new)| old ^ new);
        xor.wrapping_sub(0x0101_0101_0101_0101) & !xor & 0x8080_8080_8080_8080 == 0
    };
    let mut end = start + 1;
    loop {
        if differs_throughout(end) {
            end += 8;
        } else if let Some(next) = (end..PAGE_SIZE.min(end + SHORTEST_GAP)).find(|&at| old[at] != new[at]) {
            end = next + 1;
        } else {
            return end;
        }
    }
}

/// Returns the chunks that byte runs touch.
pub fn chunks_of(runs: &[Run]) -> ChunkSet {
    let chunks_of = |run: &Run| {
        let first = usize::from(run.offset) / CHUNK_SIZE;
        let last = (usize::from(run.offset) + run.xor.len().max(1) - 1) / CHUNK_SIZE;
        (first..=last).fold(0, |set, chunk| set | 1_u8.unbounded_shl(chunk as u32))
    };
    ChunkSet(runs.iter().fold(0, |set, run| set | chunks_of(run)))
}

/// Turns the old content into the new one, or the new one into the old.
pub fn apply(runs: &[Run], page: &mut PageBytes) -> Result<(), RunOutOfPage> {
    for Run { offset, xor } in runs {
        let bytes = page[usize::from(*offset).min(PAGE_SIZE)..].get_mut(..xor.len());
        let bytes = bytes.ok_or(RunOutOfPage { offset: *offset, length: xor.len() })?;
        bytes.iter_mut().zip(xor).for_each(|(byte, xor)| *byte ^= xor);
    }
    Ok(())
}

/// Returns whether runs ascend with gaps between them, lie in a page, and begin and end with changed bytes.
pub(super) fn are_well_formed(runs: &[Run]) -> bool {
    let end = |run: &Run| usize::from(run.offset) + run.xor.len();
    let ends_changed = |run: &Run| run.xor.first().is_some_and(|&byte| byte != 0) && run.xor.last() != Some(&0);
    runs.iter().all(|run| ends_changed(run) && end(run) <= PAGE_SIZE)
        && runs.windows(2).all(|pair| end(&pair[0]) < usize::from(pair[1].offset))
}

#[cfg(test)]
mod tests;
