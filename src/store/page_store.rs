//! The interface of every store.

use std::fmt::Debug;
use std::path::Path;
use std::sync::MutexGuard;

use super::world::WorldChange;
use super::{Account, Backup, Batch, CheckReport, LiveEvent, Mended, Moment, PastSnapshot, Snapshot, StoreError};
use crate::units::{Address, Version};

/// A store of accounts, code, pages, state trees, diffs and receipts.
pub trait PageStore: Debug + Send + Sync {
    /// Takes a snapshot of the newest moment. Later commits do not change it.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Waits for the other writers of this process, and excludes them until the guard is dropped.
    ///
    /// A writer takes the guard, then a snapshot, then commits, so its snapshot is still current at the commit. Returns
    /// [`StoreError::ReadOnly`] if the store is open for reading only.
    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError>;

    /// Commits a batch atomically.
    ///
    /// Returns [`StoreError::Conflict`] if a recorded account or state root differs from the batch's value before, and
    /// [`StoreError::CommitOrder`] if the batch's number is not the head's plus one.
    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Deletes the history of a contract before a version. That version and later ones stay. The database reuses the space.
    ///
    /// A long history is deleted in several transactions, from its oldest end. A failure between two of them leaves a shorter,
    /// intact history.
    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError>;

    /// Computes the world tree after a block, for the block's batch. `changed` are the accounts of that batch. Reads the accounts
    /// that changed since the last block.
    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError>;

    /// Returns the events that have not expired, in the order of emission.
    fn events(&self) -> Result<Vec<LiveEvent>, StoreError>;

    /// Copies the store, as of the last commit, to a directory that does not exist or is empty. Writers go on meanwhile. The copy is a
    /// store; if it is compact, it has no free pages.
    ///
    /// Returns [`StoreError::NotOnDisk`] if the store has no files, as this implementation does.
    fn backup(&self, _directory: &Path, _is_compact: bool) -> Result<Backup, StoreError> {
        Err(StoreError::NotOnDisk)
    }

    /// Checks the whole store: recomputes all records that other records imply, and compares.
    ///
    /// A disk that fails under the map of the data file, or another program that shortens the file meanwhile, ends the process. Run the
    /// check in a child process where that matters.
    fn check(&self) -> Result<CheckReport, StoreError>;

    /// Mends a contract: rewrites its damaged records that other records imply. Its pages follow from its diffs, its tree from its
    /// pages, and its history start from its accounts. Also mends damaged log records, which no single contract owns. Returns
    /// the rewritten records. If no records imply the newest state, it writes nothing and returns the account. Reads all pages of
    /// the contract and the log.
    fn mend(&self, address: &Address) -> Result<Mended, StoreError>;

    /// Commits a batch as [`commit`](Self::commit) does, and makes its version the contract's history start. The batch must
    /// contain all pages of the contract, whose older records are deleted. For contracts whose newest state is unknown.
    fn commit_new_history(&self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Takes a snapshot of an earlier moment.
    fn snapshot_at(&self, moment: Moment) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(PastSnapshot::new(self.snapshot()?, moment)?))
    }
}
