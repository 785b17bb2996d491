//! What every store does.

use std::fmt::Debug;
use std::sync::MutexGuard;

use super::world::WorldChange;
use super::{Account, Batch, CheckReport, LiveEvent, Mended, Moment, PastSnapshot, Snapshot, StoreError};
use crate::units::{Address, Version};

/// What holds accounts, code, pages, state trees, diffs and receipts.
pub trait PageStore: Debug + Send + Sync {
    /// One moment of the store, which later commits do not change.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Waits until no other writer of this process is at work, and keeps others out until the guard is dropped.
    ///
    /// A writer takes the guard, then a snapshot, then commits: what it read is then still true. A store that is open
    /// for reading has no writer ([`StoreError::ReadOnly`]).
    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError>;

    /// Makes a batch durable, whole or not at all.
    ///
    /// Every account and root that the batch says it started from must still be the recorded one
    /// ([`StoreError::Conflict`]), and its number must be the head's plus one ([`StoreError::CommitOrder`]).
    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Forgets how a contract came to a version, and gives the space back for reuse. The version and those after it stay.
    ///
    /// A long history goes in several steps, from its oldest end: a failure between two of them leaves it shorter than it
    /// was.
    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError>;

    /// The world tree after a block has changed some accounts, which are those of its batch. It reads what changed since
    /// the block before, and goes into the batch.
    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError>;

    /// The events that have not expired, in the order in which they were emitted.
    fn events(&self) -> Result<Vec<LiveEvent>, StoreError>;

    /// Recomputes everything in the store from its pages.
    ///
    /// A damaged database may end the process (its own tree has no checksums): run this in a child process where that
    /// matters.
    fn check(&self) -> Result<CheckReport, StoreError>;

    /// Writes what is damaged of a contract anew, as far as it follows from something else: its pages from its diffs, its
    /// tree from its pages, where its kept history begins from its accounts; and log records, which belong to none alone. Says what
    /// that was. If its newest state follows from nothing, it writes nothing, and says what account it has. Reads all of its pages
    /// and the log.
    fn mend(&self, address: &Address) -> Result<Mended, StoreError>;

    /// Commits as [`commit`](Self::commit) does a batch with all the pages of one contract, of which nothing else is left: the
    /// version that it makes is the oldest that is kept. For contracts whose newest state is not known.
    fn commit_afresh(&self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// A moment before the newest: the world as it was then.
    fn snapshot_at(&self, moment: Moment) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(PastSnapshot::new(self.snapshot()?, moment)?))
    }
}
