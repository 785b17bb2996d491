//! A store in memory: for tests, and for measuring without a disk.
//!
//! ```text
//! MemoryStore ── world (shared with the snapshots, copied when one of them still needs it)
//!      │            └─ per address: account, pages, tree blocks (copies share what did not change)
//!      └──────── history (only ever added to: a snapshot looks no further than its own moment)
//! ```

mod radix;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use radix::RadixMap;
use snapshot::MemorySnapshot;

use super::check::{self, CheckReport};
use super::hash::ZERO_PAGE;
use super::tree::Block;
use super::{Account, Batch, ContractChange, DiffRecord, PageChange, PageStore, Snapshot, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, Version};

/// A state of a [`MemoryStore`] to which it can be put back, as often as one likes.
#[derive(Debug, Clone)]
pub struct MemoryMark {
    world: Arc<World>,
    history: Arc<History>,
}

/// A store that lives as long as the process. A commit costs what it changes; while a snapshot is held, the number of
/// accounts too.
#[derive(Debug, Default)]
pub struct MemoryStore {
    world: RwLock<Arc<World>>,
    history: Arc<RwLock<History>>,
    writer: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct World {
    head: CommitNumber,
    accounts: BTreeMap<Address, Entry>,
    code: BTreeMap<CodeHash, Arc<[u8]>>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    account: Account,
    pages: RadixMap<StoredPage>,
    /// By their ordinals.
    blocks: RadixMap<Block>,
}

#[derive(Debug, Clone)]
struct StoredPage {
    /// Nothing if the page is zero again.
    content: Option<Box<PageBytes>>,
    last_change: Version,
}

#[derive(Debug, Clone, Default)]
struct History {
    diffs: BTreeMap<(Address, Version), DiffRecord>,
    /// That of commit 1 first.
    receipts: Vec<Option<Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The present state. It shares its pages with the store, so it is cheap to take and to keep.
    pub fn mark(&self) -> MemoryMark {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner).clone();
        let history = self.history.read().unwrap_or_else(PoisonError::into_inner).clone();
        MemoryMark { world, history: Arc::new(history) }
    }

    /// Puts the store back to a state of its own. What was committed since is as if it had never been: for searches that
    /// try many continuations of one state.
    ///
    /// Snapshots that are still held keep their pages and accounts, but see the receipts and diffs of that state.
    pub fn rewind(&self, mark: &MemoryMark) {
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = mark.world.clone();
        *self.history.write().unwrap_or_else(PoisonError::into_inner) = (*mark.history).clone();
    }

    fn moment(&self) -> MemorySnapshot {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner).clone();
        MemorySnapshot::new(world, self.history.clone())
    }
}

impl PageStore for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(self.moment()))
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        Ok(self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let recorded = |address: &Address| Ok(world.accounts.get(address).map(|entry| entry.account.clone()));
        batch.verify(world.head, recorded)?;
        let mut history = self.history.write().unwrap_or_else(PoisonError::into_inner);
        let world = Arc::make_mut(&mut world);
        for (address, _, after) in &batch.accounts {
            world.accounts.entry(*address).or_default().account = after.clone();
        }
        if let Some((hash, code)) = batch.code {
            world.code.entry(hash).or_insert_with(|| code.into());
        }
        if let Some(commit) = batch.commit {
            for change in &batch.contracts {
                let entry = world.accounts.entry(change.address).or_default();
                history.diffs.insert((change.address, entry.account.version), entry.change(commit, change));
            }
            history.receipts.push(batch.receipt.clone());
            world.head = commit;
        }
        Ok(())
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        Ok(check::check(&self.moment()))
    }
}

impl Entry {
    /// Takes over a contract's new pages and blocks.
    fn change(&mut self, commit: CommitNumber, change: &ContractChange<'_>) -> DiffRecord {
        let version = self.account.version;
        let mut pages = Vec::with_capacity(change.pages.len());
        for write in &change.pages {
            let previous = self.pages.get(write.page.0).map_or(Version(0), |page| page.last_change);
            pages.push(PageChange { page: write.page, previous, runs: write.runs.clone() });
            let content = (*write.bytes != ZERO_PAGE).then(|| Box::new(*write.bytes));
            self.pages.insert(write.page.0, StoredPage { content, last_change: version });
        }
        for block in change.tree.blocks() {
            if block.is_empty() {
                self.blocks.remove(block.id.ordinal());
            } else {
                self.blocks.insert(block.id.ordinal(), block.clone());
            }
        }
        DiffRecord { commit, version, before: change.before, after: change.after, pages }
    }
}
