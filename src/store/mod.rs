//! Pages at rest: pages, state roots, versions and diffs, over LMDB or in memory.
//!
//! A [`PageStore`] hands out [`Snapshot`]s, which can only read and never change, and takes one [`Batch`] at a time,
//! which happens whole or not at all. Nothing here knows of wasm, gas or calls.

mod account;
mod batch;
mod error;

pub use account::{Account, Code};
pub use batch::{Batch, ContractChange, PageChange, PageWrite, Run};
pub use error::StoreError;

use std::fmt::Debug;
use std::sync::MutexGuard;

use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageCount, PageIndex, StateRoot, Version};

/// What holds accounts, code, pages, state trees, diffs and receipts.
pub trait PageStore: Debug + Send + Sync {
    /// One moment of the store, which later commits do not change.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Waits until no other writer of this process is at work, and keeps others out until the guard is dropped.
    ///
    /// A writer takes the guard, then a snapshot, then commits: what it read is then still true.
    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError>;

    /// Makes a batch durable, whole or not at all.
    ///
    /// Every account and root that the batch says it started from must still be the recorded one
    /// ([`StoreError::Conflict`]).
    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Recomputes everything in the store from its pages.
    fn check(&self) -> Result<CheckReport, StoreError>;
}

/// A moment of a store. Sent between threads, used by one at a time.
pub trait Snapshot: Debug + Send {
    /// The number of the last commit; 0 when there was none.
    fn head(&self) -> Result<CommitNumber, StoreError>;

    /// The account at an address, if anything was ever recorded there.
    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError>;

    /// The wasm bytes of a code hash, checked against it.
    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// Copies a page; one that is not stored reads as zeros. Returns whether it is stored.
    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// The stored (that is, non-zero) pages of a contract in ascending order.
    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError>;

    /// Works out the state root after some pages have changed, in O(changed x depth), and what the tree then holds.
    ///
    /// `changes` is in ascending order of pages, each once.
    fn state_after(&self, address: &Address, changes: &[PageWrite<'_>]) -> Result<(StateRoot, TreeUpdate), StoreError>;

    /// What was recorded of a commit, as its writer encoded it.
    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError>;

    /// The pages that a version changed, as its diff record says.
    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError>;
}
