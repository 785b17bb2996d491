//! Diffs: how a version changed the pages of its contract.
//!
//! A version's diff is kept in one part or several, each of whole pages, so that a small version is one small record
//! and the diff of one page of a large version is read without the rest:
//! ```text
//! first part:   commit varint ‖ root before 32 ‖ root after 32 ‖ pages in all parts varint ‖ page* ‖ checksum u64
//! others:       page* ‖ checksum u64
//! page:         index minus that of the page before it in the part (the first: the index) varint
//!               ‖ this version minus the one that changed the page before (none: 0) varint
//!               ‖ runs varint ‖ run*
//! run:          offset minus the end of the run before (or 0) varint ‖ length - 1 varint ‖ old XOR new
//! ```
//! The changes of one page are a list through its versions, from the newest, which the page's own record names, back.

use super::codec::{DecodeError, Reader, Writer};
use super::{ContractChange, PageWrite};
use crate::limits::MAX_STORAGE_PAGES;
use crate::units::{CommitNumber, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// Bytes of page entries after which a new part begins. Two parts share a database page of 4 KiB.
const PART_BYTES: usize = 1_600;

/// Equal bytes that are cheaper to record as unchanged than to begin another run after.
const SHORTEST_GAP: usize = 3;

/// Bytes of a page that changed, as old XOR new: the same record leads in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where in the page.
    pub offset: u16,
    /// Old XOR new, first and last byte not zero.
    pub xor: Vec<u8>,
}

/// How a version changed one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageChange {
    /// Which page.
    pub page: PageIndex,
    /// The version that changed the page before this one did; 0 if none had.
    pub previous: Version,
    /// The bytes that changed: ascending, apart from each other.
    pub runs: Vec<Run>,
}

/// What a version changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRecord {
    /// The commit that made the version.
    pub commit: CommitNumber,
    /// The version.
    pub version: Version,
    /// State before.
    pub before: StateRoot,
    /// State after.
    pub after: StateRoot,
    /// The pages, in ascending order.
    pub pages: Vec<PageChange>,
}

/// A run that leaves its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a run of {length} bytes at offset {offset} leaves its page")]
pub struct RunOutOfPage {
    /// Where it begins.
    pub offset: u16,
    /// How long it is.
    pub length: usize,
}

/// The bytes that differ between two states of a page, as few and as short runs as are cheap to record.
pub fn runs_between(old: &PageBytes, new: &PageBytes) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(start) = first_difference(old, new, at) {
        at = end_of_run(old, new, start);
        let xor = old[start..at].iter().zip(&new[start..at]).map(|(old, new)| old ^ new).collect();
        runs.push(Run { offset: start as u16, xor });
    }
    runs
}

/// The first byte from an offset on that differs. Equal stretches pass in wide steps.
fn first_difference(old: &PageBytes, new: &PageBytes, from: usize) -> Option<usize> {
    const WIDE: usize = 256;
    let (old, new) = (&old[from..], &new[from..]);
    let equal = WIDE * old.chunks(WIDE).zip(new.chunks(WIDE)).take_while(|(old, new)| old == new).count();
    let (old, new) = (old.get(equal..)?, new.get(equal..)?);
    old.iter().zip(new).position(|(old, new)| old != new).map(|at| from + equal + at)
}

/// Where a run ends that begins at a byte which differs. A word of eight such bytes passes in one step.
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

/// Turns the old page into the new one, or the new one into the old.
pub fn apply(runs: &[Run], page: &mut PageBytes) -> Result<(), RunOutOfPage> {
    for Run { offset, xor } in runs {
        let bytes = page[usize::from(*offset).min(PAGE_SIZE)..].get_mut(..xor.len());
        let bytes = bytes.ok_or(RunOutOfPage { offset: *offset, length: xor.len() })?;
        bytes.iter_mut().zip(xor).for_each(|(byte, xor)| *byte ^= xor);
    }
    Ok(())
}

impl DiffRecord {
    /// Puts a version's diff together from its parts, in their order.
    pub(super) fn decode<'a>(version: Version, parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DecodeError> {
        let mut parts = parts.into_iter();
        let mut reader = Reader::new(parts.next().ok_or(DecodeError::Missing)?);
        let commit = CommitNumber(reader.varint()?);
        let (before, after) = (StateRoot(reader.array()?), StateRoot(reader.array()?));
        let count = reader.varint()?;
        let mut pages = Vec::new();
        decode_pages(version, reader, &mut pages)?;
        for part in parts {
            decode_pages(version, Reader::new(part), &mut pages)?;
        }
        if !pages.is_sorted_by(|a, b| a.page < b.page) {
            return Err(DecodeError::Invalid("order of pages"));
        }
        if pages.len() as u64 != count {
            return Err(DecodeError::Invalid("number of pages"));
        }
        Ok(Self { commit, version, before, after, pages })
    }
}

/// Encodes a version's diff part by part.
pub(super) struct PartEncoder {
    version: Version,
    part: Part,
    /// The last page of the part, if it has one.
    last: Option<PageIndex>,
}

/// A part of a diff, to be sealed under its key.
pub(super) struct Part {
    /// What its key ends with: its first page, or 0 for the first part.
    pub(super) first: PageIndex,
    pub(super) body: Writer,
}

impl PartEncoder {
    /// Begins the first part.
    pub(super) fn new(commit: CommitNumber, version: Version, change: &ContractChange<'_>) -> Self {
        let mut body = Writer::new();
        body.varint(commit.0).raw(change.before.as_bytes()).raw(change.after.as_bytes());
        body.varint(change.pages.len() as u64);
        Self { version, part: Part { first: PageIndex(0), body }, last: None }
    }

    /// Adds a page, and hands out the part before if that was full. Pages come in ascending order.
    pub(super) fn page(&mut self, write: &PageWrite<'_>, previous: Version) -> Option<Part> {
        let is_full = self.last.is_some() && self.part.body.len() >= PART_BYTES;
        let full = is_full.then(|| {
            self.last = None;
            std::mem::replace(&mut self.part, Part { first: write.page, body: Writer::new() })
        });
        let since = if previous == Version(0) { 0 } else { self.version.0 - previous.0 };
        let distance = write.page.0 - self.last.map_or(0, |last| last.0);
        self.last = Some(write.page);
        self.part.body.varint(distance.into()).varint(since).varint(write.runs.len() as u64);
        let mut end = 0;
        for Run { offset, xor } in &write.runs {
            let offset = usize::from(*offset);
            self.part.body.varint((offset - end) as u64).varint(xor.len() as u64 - 1).raw(xor);
            end = offset + xor.len();
        }
        full
    }

    /// The last part.
    pub(super) fn finish(self) -> Part {
        self.part
    }
}

fn decode_pages(version: Version, mut reader: Reader<'_>, pages: &mut Vec<PageChange>) -> Result<(), DecodeError> {
    let mut last = 0;
    while !reader.is_empty() {
        let page = reader.varint()?.saturating_add(last);
        if page >= u64::from(MAX_STORAGE_PAGES.0) {
            return Err(DecodeError::Invalid("page index"));
        }
        let previous = match reader.varint()? {
            0 => Version(0),
            since if since < version.0 => Version(version.0 - since),
            _ => return Err(DecodeError::Invalid("previous version")),
        };
        let count = reader.varint()?;
        let runs = decode_runs(&mut reader, count)?;
        pages.push(PageChange { page: PageIndex(page as u32), previous, runs });
        last = page;
    }
    Ok(())
}

/// Whether runs are ascending, apart from each other, within a page, and begin and end with bytes that changed.
pub(super) fn are_well_formed(runs: &[Run]) -> bool {
    let end = |run: &Run| usize::from(run.offset) + run.xor.len();
    let ends_changed = |run: &Run| run.xor.first().is_some_and(|&byte| byte != 0) && run.xor.last() != Some(&0);
    runs.iter().all(|run| ends_changed(run) && end(run) <= PAGE_SIZE)
        && runs.windows(2).all(|pair| end(&pair[0]) < usize::from(pair[1].offset))
}

fn decode_runs(reader: &mut Reader<'_>, count: u64) -> Result<Vec<Run>, DecodeError> {
    if count == 0 {
        return Err(DecodeError::Invalid("number of runs"));
    }
    let mut runs = Vec::new();
    let mut end = 0;
    for _ in 0..count {
        let offset = reader.varint()?.saturating_add(end);
        let length = reader.varint()?.saturating_add(1);
        end = offset.saturating_add(length);
        if end > PAGE_SIZE as u64 {
            return Err(DecodeError::Invalid("run"));
        }
        runs.push(Run { offset: offset as u16, xor: reader.raw(length as usize)?.to_vec() });
    }
    if are_well_formed(&runs) { Ok(runs) } else { Err(DecodeError::Invalid("run")) }
}

#[cfg(test)]
mod tests;
