//! A store with injected failures.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};

use super::world::WorldChange;
use super::{
    Account, Backup, Batch, CheckReport, DiffRecord, LiveEvent, Mark, Mended, Moment, PageStore, Snapshot, StoreError,
    TreeUpdate,
};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

/// Wraps a store and fails one of its operations. A test counts the operations of a run, and then repeats the run with the
/// first one failing, the second one, and so on.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn PageStore>,
    operations: Arc<Operations>,
}

#[derive(Debug, Default)]
struct Operations {
    done: AtomicU64,
    /// The number of the operation that fails; 0 for none.
    failing: AtomicU64,
    /// The number of operations that computed a state tree.
    trees: AtomicU64,
}

impl FaultyStore {
    /// Wraps a store. No operation fails until [`fail_operation`](Self::fail_operation) is called.
    pub fn new(inner: Arc<dyn PageStore>) -> Arc<Self> {
        Arc::new(Self { inner, operations: Arc::default() })
    }

    /// Resets the counts. From then on operation `number` fails, counted from 1; with 0, none fails.
    pub fn fail_operation(&self, number: u64) {
        self.operations.done.store(0, Ordering::SeqCst);
        self.operations.trees.store(0, Ordering::SeqCst);
        self.operations.failing.store(number, Ordering::SeqCst);
    }

    /// Returns the number of state trees that were computed since the counts were reset.
    pub fn trees(&self) -> u64 {
        self.operations.trees.load(Ordering::SeqCst)
    }

    /// Returns the number of operations since the counts were reset, including the failed one.
    pub fn operations(&self) -> u64 {
        self.operations.done.load(Ordering::SeqCst)
    }
}

impl Operations {
    fn next(&self, name: &'static str) -> Result<(), StoreError> {
        let operation = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if operation == self.failing.load(Ordering::SeqCst) {
            return Err(StoreError::Injected { operation, name });
        }
        Ok(())
    }
}

impl PageStore for FaultyStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.operations.next("snapshot")?;
        Ok(Box::new(FaultySnapshot { inner: self.inner.snapshot()?, operations: self.operations.clone() }))
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        self.operations.next("writer")?;
        self.inner.writer()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.operations.next("commit")?;
        self.inner.commit(batch)
    }

    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError> {
        self.operations.next("prune")?;
        self.inner.prune(address, version)
    }

    fn mend(&self, address: &Address) -> Result<Mended, StoreError> {
        self.operations.next("mend")?;
        self.inner.mend(address)
    }

    fn commit_new_history(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.operations.next("commit_new_history")?;
        self.inner.commit_new_history(batch)
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        self.operations.next("world_after")?;
        self.inner.world_after(changed)
    }

    fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        self.operations.next("events")?;
        self.inner.events()
    }

    fn backup(&self, directory: &Path, is_compact: bool) -> Result<Backup, StoreError> {
        self.operations.next("backup")?;
        self.inner.backup(directory, is_compact)
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        self.operations.next("check")?;
        self.inner.check()
    }
}

#[derive(Debug)]
struct FaultySnapshot {
    inner: Box<dyn Snapshot>,
    operations: Arc<Operations>,
}

impl Snapshot for FaultySnapshot {
    fn moment(&self) -> Result<Moment, StoreError> {
        self.operations.next("moment")?;
        self.inner.moment()
    }

    fn is_past(&self) -> bool {
        self.inner.is_past()
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        self.operations.next("account")?;
        self.inner.account(address)
    }

    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError> {
        self.operations.next("account_at")?;
        self.inner.account_at(address, moment)
    }

    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        self.operations.next("mark")?;
        self.inner.mark(address)
    }

    fn addresses(&self) -> Result<Vec<Address>, StoreError> {
        self.operations.next("addresses")?;
        self.inner.addresses()
    }

    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.operations.next("code")?;
        self.inner.code(hash)
    }

    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        self.operations.next("read_page")?;
        self.inner.read_page(address, page, into)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        self.operations.next("stored_pages")?;
        self.inner.stored_pages(address)
    }

    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError> {
        self.operations.next("read_page_at")?;
        self.inner.read_page_at(address, page, commit, into)
    }

    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        self.operations.next("tree_after")?;
        self.operations.trees.fetch_add(1, Ordering::SeqCst);
        self.inner.tree_after(address, over, leaves)
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.operations.next("receipt")?;
        self.inner.receipt(commit)
    }

    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError> {
        self.operations.next("last_block")?;
        self.inner.last_block(commit)
    }

    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        self.operations.next("diff_at")?;
        self.inner.diff_at(address, commit)
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        self.operations.next("diff")?;
        self.inner.diff(address, version)
    }
}
