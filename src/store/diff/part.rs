//! Encoding of diffs as records.
//!
//! A diff has one or more parts of whole pages. So a small diff is one small record, and the change of one page in a large diff
//! is read without the rest. The key names the commit:
//! ```text
//! first part:   version varint ‖ root before 32 ‖ root after 32 ‖ pages in all parts varint ‖ page* ‖ checksum u64
//! others:       page* ‖ checksum u64
//! page:         index minus that of the previous page in the part (first page: the index) varint
//!               ‖ this commit minus the previous commit that changed the page (none: 0) varint
//!               ‖ runs varint ‖ run*
//! run:          offset minus the end of the previous run (first run: the offset) varint ‖ length - 1 varint ‖ old XOR new
//! ```

use std::ops::Range;

use super::{DiffRecord, PageChange, Run, are_well_formed, ranges_between, xor};
use crate::limits::MAX_STORAGE_PAGES;
use crate::store::codec::{DecodeError, Reader, Writer};
use crate::store::hash::ChunkSet;
use crate::store::{ContractChange, PageWrite, StoreError, batch};
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// Length in bytes from which a part is full, unless it is a long one. Two full parts fit into a database page of 4 KiB.
const PART_BYTES: usize = 1_600;

/// Length in bytes from which a part is long: the database stores it in pages of its own, of which the last is partly empty. So a
/// long part takes more contract pages. Eight that change throughout take nine database pages; in parts of their own they would take
/// sixteen.
const LONG_PART_BYTES: usize = 2_000;

/// Length in bytes from which a long part is full. All of it is read for the past of one of its pages, which limits its length.
const FULL_LONG_PART_BYTES: usize = 32_000;

/// Initial capacity of the first part: enough for most diffs.
const FIRST_PART_BYTES: usize = 128;

/// The head of the first part, about the whole diff.
struct Head {
    version: Version,
    before: StateRoot,
    after: StateRoot,
    pages: u64,
}

impl Head {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: Version(reader.varint()?),
            before: StateRoot(reader.array()?),
            after: StateRoot(reader.array()?),
            pages: reader.varint()?,
        })
    }
}

impl DiffRecord {
    /// Decodes a commit's diff from its parts, in their order.
    pub(in crate::store) fn decode<'a>(
        commit: CommitNumber,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, DecodeError> {
        let mut parts = parts.into_iter();
        let mut reader = Reader::new(parts.next().ok_or(DecodeError::Missing)?);
        let Head { version, before, after, pages: count } = Head::decode(&mut reader)?;
        let mut pages = Vec::new();
        for reader in [reader].into_iter().chain(parts.map(Reader::new)) {
            for entry in PageEntries::new(commit, reader) {
                let PageEntry { page, previous, runs } = entry?;
                pages.push(PageChange { page, previous, runs: runs.well_formed()? });
            }
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

/// Undoes the change of one page, and returns the previous commit that changed it. `part` is the only part that can contain the
/// page. Allocates nothing: fault handlers call it.
pub(in crate::store) fn undo_page(
    commit: CommitNumber,
    part: EncodedPart<'_>,
    wanted: PageIndex,
    into: &mut PageBytes,
) -> Result<CommitNumber, DecodeError> {
    let mut reader = Reader::new(part.body);
    if part.is_first {
        Head::decode(&mut reader)?;
    }
    for entry in PageEntries::new(commit, reader) {
        let PageEntry { page, previous, runs } = entry?;
        if page == wanted {
            for run in runs {
                let (offset, xor) = run?;
                into[usize::from(offset)..].iter_mut().zip(xor).for_each(|(byte, xor)| *byte ^= xor);
            }
            return Ok(previous);
        }
    }
    Err(DecodeError::Missing)
}

/// The body of a part, as it was read.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct EncodedPart<'a> {
    pub(in crate::store) body: &'a [u8],
    /// The first part begins with the head of the diff.
    pub(in crate::store) is_first: bool,
}

/// Encodes a diff part by part.
pub(in crate::store) struct PartEncoder {
    address: Address,
    commit: CommitNumber,
    part: Part,
    /// Where the runs of a page lie: kept for its memory.
    ranges: Vec<Range<usize>>,
    /// The last page of the current part; `None` if it has no page yet.
    last: Option<PageIndex>,
}

/// A part of a diff, before it is sealed under its key.
pub(in crate::store) struct Part {
    /// The page at the end of its key: its first page, or 0 for the first part.
    pub(in crate::store) first: PageIndex,
    pub(in crate::store) body: Writer,
}

impl PartEncoder {
    /// Starts the first part.
    pub(in crate::store) fn new(commit: CommitNumber, version: Version, change: &ContractChange<'_>) -> Self {
        let mut body = Writer::with_capacity(FIRST_PART_BYTES);
        body.varint(version.0).raw(change.before.as_bytes()).raw(change.after.as_bytes());
        body.varint(change.pages.len() as u64);
        let part = Part { first: PageIndex(0), body };
        Self { address: change.address, commit, part, ranges: Vec::new(), last: None }
    }

    /// Adds a page whose recorded bytes are `old` and differ in the chunks `changed`. Returns the previous part if that was full.
    /// Pages come in ascending order. Fails if the page does not change.
    pub(in crate::store) fn page(
        &mut self,
        write: &PageWrite<'_>,
        old: &PageBytes,
        changed: ChunkSet,
        previous: CommitNumber,
    ) -> Result<Option<Part>, StoreError> {
        self.ranges.clear();
        self.ranges.extend(ranges_between(old, write.bytes, changed));
        if self.ranges.is_empty() {
            return Err(batch::unchanged(self.address));
        }
        let is_full = self.last.is_some() && is_full(self.part.body.len());
        let full = is_full.then(|| {
            self.last = None;
            let body = Writer::with_capacity(self.part.body.len());
            std::mem::replace(&mut self.part, Part { first: write.page, body })
        });
        let since = if previous == CommitNumber(0) { 0 } else { self.commit.0 - previous.0 };
        let distance = write.page.0 - self.last.map_or(0, |last| last.0);
        self.last = Some(write.page);
        self.part.body.varint(distance.into()).varint(since).varint(self.ranges.len() as u64);
        let mut end = 0;
        for range in &self.ranges {
            let run = write_run(&mut self.part.body, &mut end, range.clone());
            xor(old, write.bytes, range.clone(), run);
        }
        Ok(full)
    }

    /// Returns the last part.
    pub(in crate::store) fn finish(self) -> Part {
        self.part
    }
}

/// Returns whether a part of some length in bytes takes no further page.
fn is_full(length: usize) -> bool {
    (PART_BYTES..LONG_PART_BYTES).contains(&length) || length >= FULL_LONG_PART_BYTES
}

pub(in crate::store) fn write_runs(writer: &mut Writer, runs: &[Run]) {
    writer.varint(runs.len() as u64);
    let mut end = 0;
    for Run { offset, xor } in runs {
        let start = usize::from(*offset);
        write_run(writer, &mut end, start..start + xor.len()).copy_from_slice(xor);
    }
}

/// Appends a run, and returns the space for its bytes. `end` is the end of the previous run of its page, and then that of this one.
fn write_run<'a>(writer: &'a mut Writer, end: &mut usize, range: Range<usize>) -> &'a mut [u8] {
    let distance = range.start - std::mem::replace(end, range.end);
    writer.varint(distance as u64).varint(range.len() as u64 - 1).space(range.len())
}

/// The entry of one page in a part.
struct PageEntry<'a> {
    page: PageIndex,
    previous: CommitNumber,
    runs: Runs<'a>,
}

/// Decodes the page entries of a part one by one.
struct PageEntries<'a> {
    commit: CommitNumber,
    reader: Reader<'a>,
    last: u64,
}

impl<'a> PageEntries<'a> {
    fn new(commit: CommitNumber, reader: Reader<'a>) -> Self {
        Self { commit, reader, last: 0 }
    }

    fn read(&mut self) -> Result<PageEntry<'a>, DecodeError> {
        let page = self.reader.varint()?.saturating_add(self.last);
        if page >= u64::from(MAX_STORAGE_PAGES.0) {
            return Err(DecodeError::Invalid("page index"));
        }
        self.last = page;
        let previous = match self.reader.varint()? {
            0 => CommitNumber(0),
            since if since < self.commit.0 => CommitNumber(self.commit.0 - since),
            _ => return Err(DecodeError::Invalid("previous commit")),
        };
        let runs = Runs::read(&mut self.reader)?;
        Ok(PageEntry { page: PageIndex(page as u32), previous, runs })
    }
}

impl<'a> Iterator for PageEntries<'a> {
    type Item = Result<PageEntry<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(entry)
    }
}

/// Decodes the byte runs of a page: the offset and the bytes of each.
pub(in crate::store) struct Runs<'a> {
    reader: Reader<'a>,
    left: u64,
    end: u64,
}

impl<'a> Runs<'a> {
    /// Reads the runs of one page. Afterwards `reader` is behind them.
    pub(in crate::store) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let left = reader.varint()?;
        if left == 0 {
            return Err(DecodeError::Invalid("number of runs"));
        }
        let mut runs = Self { reader: reader.clone(), left, end: 0 };
        let all = runs.clone_at_start();
        for run in &mut runs {
            run?;
        }
        *reader = runs.reader;
        Ok(all)
    }

    /// Returns all runs, or an error if they are not well formed.
    pub(in crate::store) fn well_formed(self) -> Result<Vec<Run>, DecodeError> {
        let run = |run: Result<(u16, &[u8]), _>| run.map(|(offset, xor)| Run { offset, xor: xor.to_vec() });
        let runs = self.map(run).collect::<Result<Vec<_>, _>>()?;
        if are_well_formed(&runs) { Ok(runs) } else { Err(DecodeError::Invalid("run")) }
    }

    fn clone_at_start(&self) -> Self {
        Self { reader: self.reader.clone(), left: self.left, end: 0 }
    }

    fn one(&mut self) -> Result<(u16, &'a [u8]), DecodeError> {
        let offset = self.reader.varint()?.saturating_add(self.end);
        let length = self.reader.varint()?.saturating_add(1);
        self.end = offset.saturating_add(length);
        if self.end > PAGE_SIZE as u64 {
            return Err(DecodeError::Invalid("run"));
        }
        Ok((offset as u16, self.reader.raw(length as usize)?))
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Result<(u16, &'a [u8]), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let run = self.one();
        if run.is_err() {
            self.left = 0;
        }
        Some(run)
    }
}
