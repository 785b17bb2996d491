//! Diffs: how a version changed the pages of its contract.
//!
//! A diff is kept in parts ([`part`]). The changes of one page are a list through the commits that made them, from the
//! newest, which the page's own record names, back.

pub(super) mod part;

use crate::units::{CommitNumber, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

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
    /// The commit that changed the page before this one did; 0 if none had.
    pub previous: CommitNumber,
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

/// Whether runs are ascending, apart from each other, within a page, and begin and end with bytes that changed.
pub(super) fn are_well_formed(runs: &[Run]) -> bool {
    let end = |run: &Run| usize::from(run.offset) + run.xor.len();
    let ends_changed = |run: &Run| run.xor.first().is_some_and(|&byte| byte != 0) && run.xor.last() != Some(&0);
    runs.iter().all(|run| ends_changed(run) && end(run) <= PAGE_SIZE)
        && runs.windows(2).all(|pair| end(&pair[0]) < usize::from(pair[1].offset))
}

#[cfg(test)]
mod tests;
