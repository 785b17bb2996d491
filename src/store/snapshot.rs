//! The interface of every snapshot.

use std::fmt::Debug;

use super::hash::page_hash;
use super::{Account, DiffRecord, Mark, Moment, PageWrite, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, StateRoot, Version};

/// A read-only handle of a store on one moment. It can move between threads; one thread uses it at a time.
pub trait Snapshot: Debug + Send {
    /// Returns the moment.
    fn moment(&self) -> Result<Moment, StoreError>;

    /// Returns the number of the last commit, or 0 if there is none.
    fn head(&self) -> Result<CommitNumber, StoreError> {
        Ok(self.moment()?.commit)
    }

    /// Returns whether the store had later moments when the snapshot was taken.
    fn is_past(&self) -> bool {
        false
    }

    /// Returns the account at an address, or `None` if none was ever recorded.
    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError>;

    /// Returns the account at an earlier moment and the moment that made it, or `None` if it did not exist yet.
    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError>;

    /// Returns the history start of a contract, or `None` if it was never pruned.
    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError>;

    /// Returns the addresses of all accounts, in ascending order.
    fn addresses(&self) -> Result<Vec<Address>, StoreError>;

    /// Returns the wasm bytes of a code hash, after comparing their hash.
    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// Copies a page into `into`: zeros if it is not stored. Returns whether it is stored.
    ///
    /// It neither allocates nor locks, even for an error: the fault handlers of the hardware pagers call it.
    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// Copies a page with its content right after a commit, as [`read_page`](Self::read_page) does. It reads only the diffs of
    /// this page.
    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError>;

    /// Returns the stored (that is, non-zero) pages of a contract, in ascending order.
    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError>;

    /// Computes a contract's state tree after some pages changed. Returns the blocks that differ from the recorded ones, in
    /// O(changed pages × depth).
    ///
    /// `over` has earlier changes that are not recorded yet. `leaves` is in ascending order of pages, each once.
    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError>;

    /// Computes the state root and the tree's changed blocks after some pages changed, in O(changed pages × depth).
    ///
    /// `changes` is in ascending order of pages, each once.
    fn state_after(&self, address: &Address, changes: &[PageWrite<'_>]) -> Result<(StateRoot, TreeUpdate), StoreError> {
        debug_assert!(changes.is_sorted_by(|a, b| a.page < b.page));
        let leaf = |write: &PageWrite<'_>| (write.page, page_hash(address, write.page, write.bytes));
        let leaves: Vec<_> = changes.iter().map(leaf).collect();
        let tree = self.tree_after(address, TreeUpdate::default(), &leaves)?;
        Ok((tree.root(), tree))
    }

    /// Returns the receipt of a commit, as its writer encoded it.
    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns the number of the newest block right after a commit, or `None` if there was no block.
    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError>;

    /// Returns the diff of a contract in a commit, or `None` if the commit did not change its pages.
    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError>;

    /// Returns the diff of a version, or `None` for version 0, a version that does not exist, or one that was pruned.
    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError>;
}
