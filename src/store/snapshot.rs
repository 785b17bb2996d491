//! What every moment of a store tells.

use std::fmt::Debug;

use super::hash::page_hash;
use super::{Account, DiffRecord, Mark, Moment, PageWrite, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, StateRoot, Version};

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
        let leaf = |write: &PageWrite<'_>| (write.page, page_hash(address, write.page, write.bytes));
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
