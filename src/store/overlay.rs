//! Uncommitted changes over a snapshot: how a call of a block reads the effects of the calls before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hash::ZERO_PAGE;
use super::{Account, DiffRecord, Mark, Moment, Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

/// Accounts and pages with uncommitted changes.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// The changed accounts.
    pub accounts: BTreeMap<Address, Account>,
    /// The written pages, including those whose bytes did not change.
    pub pages: BTreeMap<(Address, PageIndex), Box<PageBytes>>,
}

impl Overlay {
    /// Returns the written pages of a contract.
    pub fn pages_of(&self, address: &Address) -> impl Iterator<Item = (PageIndex, &PageBytes)> {
        let range = (*address, PageIndex(0))..=(*address, PageIndex(u32::MAX));
        self.pages.range(range).map(|((_, page), bytes)| (*page, &**bytes))
    }
}

/// A snapshot with an overlay. Like those of the snapshot, its page reads neither allocate nor lock. Its accounts have the state
/// roots that the overlay gives them: no tree is computed over the overlay's pages.
#[derive(Debug)]
pub struct OverlaySnapshot {
    under: Box<dyn Snapshot>,
    over: Arc<Overlay>,
}

impl OverlaySnapshot {
    /// Creates a snapshot that reads `over` first and then `under`.
    pub fn new(under: Box<dyn Snapshot>, over: Arc<Overlay>) -> Self {
        Self { under, over }
    }
}

impl Snapshot for OverlaySnapshot {
    fn moment(&self) -> Result<Moment, StoreError> {
        self.under.moment()
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        match self.over.accounts.get(address) {
            Some(account) => Ok(Some(account.clone())),
            None => self.under.account(address),
        }
    }

    fn addresses(&self) -> Result<Vec<Address>, StoreError> {
        let mut addresses = self.under.addresses()?;
        addresses.extend(self.over.accounts.keys());
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses)
    }

    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError> {
        self.under.account_at(address, moment)
    }

    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        self.under.mark(address)
    }

    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.under.code(hash)
    }

    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        match self.over.pages.get(&(*address, page)) {
            Some(bytes) => {
                *into = **bytes;
                Ok(*into != ZERO_PAGE)
            }
            None => self.under.read_page(address, page, into),
        }
    }

    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError> {
        self.under.read_page_at(address, page, commit, into)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let mut pages = self.under.stored_pages(address)?;
        pages.retain(|page| !self.over.pages.contains_key(&(*address, *page)));
        pages.extend(self.over.pages_of(address).filter(|(_, bytes)| **bytes != ZERO_PAGE).map(|(page, _)| page));
        pages.sort_unstable();
        Ok(pages)
    }

    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        self.under.tree_after(address, over, leaves)
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.under.receipt(commit)
    }

    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError> {
        self.under.last_block(commit)
    }

    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        self.under.diff_at(address, commit)
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        self.under.diff(address, version)
    }
}
