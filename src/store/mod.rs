//! Pages at rest: pages, state roots, versions and diffs, over LMDB or in memory.
//!
//! A [`PageStore`] hands out [`Snapshot`]s, which can only read and never change, and takes one [`Batch`] at a time,
//! which happens whole or not at all. Nothing here knows of wasm, gas or calls.
//!
//! ```text
//!            PageStore, Snapshot (here)        batch   what a commit is, and its rules
//!        ┌──────────┼─────────┐                account a record of an address
//!      lmdb      memory     faulty             diff    how a version changed its pages
//!        └────┬─────┘                          past    a moment before the newest
//!             │                                check   everything recomputed from the pages
//!             ├── tree    page hashes → state root
//!             ├── world   accounts → world root
//!             ├── hash    every SHA-256
//!             └── codec   records as bytes, with checksums
//! ```

pub mod hash;
pub mod world;

mod account;
mod batch;
mod check;
pub(crate) mod codec;
#[cfg(any(test, feature = "fuzzing"))]
mod decoders;
mod diff;
mod error;
mod event;
mod faulty;
mod lmdb;
mod log;
mod mark;
mod memory;
mod mended;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod model;
mod moment;
mod overlay;
mod past;
mod rebuild;
mod record;
mod scan;
mod statistics;
mod transfer;
mod tree;
pub(crate) mod wrong;

pub use account::{Account, Code};
pub use batch::{Batch, ContractChange, PageWrite};
pub use check::{CheckReport, Problem, SoundStorage, Unsound};
pub use codec::DecodeError;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use decoders::decode_anything;
pub use diff::{DiffRecord, PageChange, Run, RunOutOfPage, apply, runs_between};
pub use error::StoreError;
pub use event::{LiveEvent, NewEvent};
pub use faulty::FaultyStore;
pub use lmdb::{Access, Durability, LmdbStore, OpenOptions};
pub use mark::Mark;
pub use memory::{MemoryMark, MemoryStore};
pub use mended::Mended;
pub use moment::Moment;
pub use overlay::{Overlay, OverlaySnapshot};
pub use past::{PastSnapshot, changed_since, commit_of_block, moment_of};
pub(crate) use rebuild::Rebuild;
pub use record::Record;
pub use statistics::StoreStatistics;
pub use transfer::{CarriedContract, Diff, DiffFile, Misfit, PageRuns, Pages};
pub use tree::{BlockId, TreeUpdate};

use std::fmt::Debug;
use std::sync::MutexGuard;

use world::WorldChange;

use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, StateRoot, Version};

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

/// A moment of a store. Sent between threads, used by one at a time.
pub trait Snapshot: Debug + Send {
    /// Which moment it is.
    fn moment(&self) -> Result<Moment, StoreError>;

    /// The number of the last commit; 0 when there was none.
    fn head(&self) -> Result<CommitNumber, StoreError> {
        Ok(self.moment()?.commit)
    }

    /// Whether there were later moments when it was taken.
    fn is_past(&self) -> bool {
        false
    }

    /// The account at an address, if anything was ever recorded there.
    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError>;

    /// The account as it was at a moment, and the moment that made it so; nothing if it was not there yet.
    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError>;

    /// Where the history that is kept of a contract begins, if it was pruned.
    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError>;

    /// The addresses at which an account is recorded, in ascending order.
    fn addresses(&self) -> Result<Vec<Address>, StoreError>;

    /// The wasm bytes of a code hash, checked against it.
    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// Copies a page; one that is not stored reads as zeros. Returns whether it is stored.
    ///
    /// It neither allocates nor locks, whatever it returns: the fault handlers of some pagers call it.
    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// As [`read_page`](Self::read_page), but as the page was right after a commit. Of diffs it reads those of this page
    /// only.
    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError>;

    /// The stored (that is, non-zero) pages of a contract in ascending order.
    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError>;

    /// The blocks of a contract's tree after some pages have changed, as far as they differ from the recorded ones, in
    /// O(changed x depth).
    ///
    /// `over` is what has changed before that and is not recorded yet. `leaves` is in ascending order of pages, each once.
    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError>;

    /// Works out the state root after some pages have changed, in O(changed x depth), and what the tree then holds.
    ///
    /// `changes` is in ascending order of pages, each once.
    fn state_after(&self, address: &Address, changes: &[PageWrite<'_>]) -> Result<(StateRoot, TreeUpdate), StoreError> {
        debug_assert!(changes.is_sorted_by(|a, b| a.page < b.page));
        let leaf = |write: &PageWrite<'_>| (write.page, hash::page_hash(address, write.page, write.bytes));
        let leaves: Vec<_> = changes.iter().map(leaf).collect();
        let tree = self.tree_after(address, TreeUpdate::default(), &leaves)?;
        Ok((tree.root(), tree))
    }

    /// What was recorded of a commit, as its writer encoded it.
    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError>;

    /// The number of the newest block that there was right after a commit.
    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError>;

    /// How a commit changed a contract's pages; nothing if it did not.
    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError>;

    /// How a version changed the pages; nothing for version 0, for versions to come and for those that were pruned.
    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError>;
}

#[cfg(test)]
pub(crate) mod tests;
