//! What a failed nested call is undone from, and how many pages the running calls have changed.
//!
//! Let `S0` be the committed bytes, `S1` the bytes at the beginning of the running call at depth 1, `S2` those at the beginning of
//! the one at depth 2, and so on. To undo any of these calls, the journal keeps each page once for each call that has changed it:
//!
//! ```text
//!                     S0            S1            S2            now
//!  page 7             a ──depth 0── a ──depth 1── b ──depth 2── c        2 changes
//!  page 9             a ──depth 0── d ──depth 1── d ──depth 2── d        1 change
//! ```
//!
//! The number of these changes is a function of bytes at the boundaries of calls, so it is the same under every pager, and is bounded
//! ([`MAX_CHANGED_PAGES`](crate::limits::MAX_CHANGED_PAGES)). [`PreImages`] keeps the left side of each change, [`Copies`] the right
//! side.

use super::copies::Copies;
use super::pre_images::PreImages;
use super::storage::{Place, Storage};
use crate::paging::{Access, Pager, PagingError};
use crate::receipt::UndoStatistics;
use crate::units::PageBytes;

/// What undoes the running nested calls of a transaction.
#[derive(Debug)]
pub(super) struct Journal {
    changes: Changes,
    /// For each running call, from the top-level call on: true if its page table allows accesses of which the transaction must hear again.
    /// Empty before the first nested call.
    stale: Vec<bool>,
    statistics: UndoStatistics,
}

#[derive(Debug)]
enum Changes {
    /// The pager detects each write when it happens.
    PreImages(PreImages),
    /// The pager detects writes late.
    Copies(Copies),
}

impl Journal {
    /// The journal of a transaction whose top-level call runs.
    pub(super) fn new(pager: &dyn Pager) -> Self {
        let changes = match pager.knows(Access::Write) {
            true => Changes::PreImages(PreImages::default()),
            false => Changes::Copies(Copies::default()),
        };
        Self { changes, stale: Vec::new(), statistics: UndoStatistics::default() }
    }

    /// Records a page that the running call is about to write. `dirty` has its bytes if it is dirty.
    pub(super) fn record(&mut self, place: Place, dirty: Option<&PageBytes>) {
        if let Changes::PreImages(pre_images) = &mut self.changes {
            self.statistics.pages_copied += pre_images.record(place, dirty);
        }
    }

    /// Returns true if the pages that the running call writes must be recorded.
    pub(super) fn records(&self) -> bool {
        matches!(&self.changes, Changes::PreImages(pre_images) if pre_images.records())
    }

    /// Begins a nested call.
    pub(super) fn begin<'a>(&mut self, storage: impl FnOnce() -> Storage<'a>) -> Result<(), PagingError> {
        match &mut self.changes {
            Changes::PreImages(pre_images) => pre_images.begin(),
            Changes::Copies(copies) => self.statistics.pages_copied += copies.begin(&mut storage())?,
        }
        if self.stale.is_empty() {
            self.stale.push(false);
        }
        self.stale.push(false);
        Ok(())
    }

    /// Ends the innermost call, which has returned: what it has changed, its caller has changed.
    pub(super) fn keep(&mut self) {
        match &mut self.changes {
            Changes::PreImages(pre_images) => pre_images.keep(),
            Changes::Copies(copies) => copies.end(),
        }
        self.stale.pop();
    }

    /// Ends the innermost call, and restores storage as it was at its beginning.
    pub(super) fn undo(&mut self, storage: &mut Storage<'_>) -> Result<(), PagingError> {
        self.statistics.pages_restore_aside += match &mut self.changes {
            Changes::PreImages(pre_images) => pre_images.undo(storage)?,
            Changes::Copies(copies) => {
                let restored = copies.undo(storage)?;
                copies.end();
                restored
            }
        };
        self.stale.pop();
        Ok(())
    }

    /// Returns true if the running calls have changed more pages than allowed. A page counts once for each call that has changed it.
    /// `written` is at least the number of pages that the innermost call has written, and `dirty` that of all dirty pages.
    ///
    /// Afterwards page tables may be [stale](Self::take_stale).
    pub(super) fn exceeds<'a>(
        &mut self,
        allowed: usize,
        written: u64,
        dirty: usize,
        storage: impl FnOnce() -> Storage<'a>,
    ) -> Result<bool, PagingError> {
        match &mut self.changes {
            Changes::Copies(copies) if (copies.count_waiting() as u64).saturating_add(written) <= allowed as u64 => {
                Ok(false)
            }
            Changes::Copies(copies) => Ok(copies.count(&mut storage())? > allowed),
            Changes::PreImages(pre_images) if pre_images.at_most(dirty) <= allowed => Ok(false),
            Changes::PreImages(pre_images) => {
                self.stale.fill(true);
                Ok(pre_images.count(&mut storage())? > allowed)
            }
        }
    }

    /// Returns the number of pages that the innermost call has changed since it began.
    pub(super) fn changed_by_call<'a>(&mut self, storage: impl FnOnce() -> Storage<'a>) -> Result<usize, PagingError> {
        match &mut self.changes {
            Changes::PreImages(pre_images) if !pre_images.has_written() => Ok(0),
            Changes::PreImages(pre_images) => Ok(pre_images.changed_by_call(&mut storage())?),
            Changes::Copies(copies) => copies.changed_by_call(&mut storage()),
        }
    }

    /// Returns true if the page table of the innermost call must be cleared before the call goes on.
    pub(super) fn take_stale(&mut self) -> bool {
        self.stale.last_mut().is_some_and(std::mem::take)
    }

    /// The number of pages that were written when the innermost call began, under the pagers that detect writes late.
    pub(super) fn written_pages(&self) -> u32 {
        match &self.changes {
            Changes::PreImages(_) => 0,
            Changes::Copies(copies) => copies.written_pages(),
        }
    }

    /// Returns true if an undo may have to find a page among the written ones.
    pub(super) fn has_copy(&self, place: &Place) -> bool {
        matches!(&self.changes, Changes::Copies(copies) if copies.has(place))
    }

    /// Requires that the page tables of all running calls are cleared before the calls go on.
    pub(super) fn make_stale(&mut self) {
        self.stale.fill(true);
    }

    /// The pages copied and restored so far.
    pub(super) fn statistics(&self) -> UndoStatistics {
        self.statistics
    }
}
