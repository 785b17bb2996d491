//! Pages at rest: pages, state roots, versions and diffs, over LMDB or in memory.
//!
//! A [`PageStore`] hands out [`Snapshot`]s, which can only read and never change, and takes one [`Batch`] at a time,
//! which happens whole or not at all. Nothing here knows of wasm, gas or calls.
//!
//! ```text
//!            PageStore, Snapshot (here)        batch   what a commit is, and its rules
//!        ┌──────────┼─────────┐                account a record of an address
//!      lmdb      memory     faulty             diff    how a version changed its pages
//!        └────┬─────┘                          check   everything recomputed from the pages
//!             ├── tree    page hashes → state root
//!             ├── hash    every SHA-256
//!             └── codec   records as bytes, with checksums
//! ```

pub mod hash;

mod account;
mod batch;
mod check;
pub(crate) mod codec;
#[cfg(any(test, feature = "fuzzing"))]
mod decoders;
mod diff;
mod error;
mod faulty;
mod lmdb;
mod memory;
mod scan;
mod tree;

pub use account::{Account, Code};
pub use batch::{Batch, ContractChange, PageWrite};
pub use check::{CheckReport, Problem};
pub use codec::DecodeError;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use decoders::decode_anything;
pub use diff::{DiffRecord, PageChange, Run, RunOutOfPage, apply, runs_between};
pub use error::{Record, StoreError};
pub use faulty::FaultyStore;
pub use lmdb::{Access, Durability, LmdbStore, OpenOptions};
pub use memory::{MemoryMark, MemoryStore};
pub use tree::{BlockId, TreeUpdate};

use std::fmt::Debug;
use std::sync::MutexGuard;

use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

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

    /// Recomputes everything in the store from its pages.
    ///
    /// A damaged database may end the process (its own tree has no checksums): run this in a child process where that
    /// matters.
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
    ///
    /// It neither allocates nor locks, whatever it returns: the fault handlers of some pagers call it.
    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// The stored (that is, non-zero) pages of a contract in ascending order.
    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError>;

    /// Works out the state root after some pages have changed, in O(changed x depth), and what the tree then holds.
    ///
    /// `changes` is in ascending order of pages, each once.
    fn state_after(&self, address: &Address, changes: &[PageWrite<'_>]) -> Result<(StateRoot, TreeUpdate), StoreError>;

    /// What was recorded of a commit, as its writer encoded it.
    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError>;

    /// The pages that a version changed, as its diff record says; nothing for version 0 and for versions to come.
    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError>;
}

/// The leaves of a state tree that page writes change.
fn leaves(address: &Address, changes: &[PageWrite<'_>]) -> Vec<tree::Leaf> {
    debug_assert!(changes.is_sorted_by(|a, b| a.page < b.page));
    changes
        .iter()
        .map(|write| tree::Leaf::page(write.page.0, hash::page_hash(address, write.page, write.bytes).0))
        .collect()
}

#[cfg(test)]
mod tests;
