//! A model of a store, and helpers that commit as a transaction does. Fuzzing and tests share them.

use std::collections::{BTreeMap, BTreeSet};

use super::hash::{NodeHash, ZERO_NODE, ZERO_PAGE, code_hash, node, page_hash};
use super::*;
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot, Version};

/// Code is opaque to a store.
pub(crate) const CODE: &[u8] = b"code";

/// The page limit of the contracts of these tests.
pub(crate) const MAX_PAGES: PageCount = PageCount(1 << 20);

/// Returns the address of contract `n`.
pub(crate) fn address(n: u8) -> Address {
    Address([n; 20])
}

/// Returns a page with one non-zero byte.
pub(crate) fn page_with(offset: usize, byte: u8) -> PageBytes {
    let mut page = ZERO_PAGE;
    page[offset] = byte;
    page
}

pub(crate) fn deploy(store: &dyn PageStore, address: Address) {
    let hash = code_hash(CODE);
    let account = Account {
        code: Some(Code { hash, max_pages: MAX_PAGES, refuses_reentry: true }),
        balance: 5,
        ..Account::default()
    };
    let batch = Batch { accounts: vec![(address, None, account)], code: Some((hash, CODE)), ..Batch::default() };
    store.commit(&batch).unwrap();
}

/// Commits new pages of several contracts. Omits unchanged pages and contracts, as a transaction does.
pub(crate) fn write_all(store: &dyn PageStore, contracts: &[(Address, Pages)]) -> Result<(), StoreError> {
    commit_with(store, contracts, |_| Ok(()))
}

/// Does as [`write_all`], as a block with three events: one never expires, one is kept for one block, one for three.
pub(crate) fn write_block(store: &dyn PageStore, contracts: &[(Address, Pages)], block: u64) -> Result<(), StoreError> {
    commit_with(store, contracts, |batch| {
        batch.block = Some(block);
        batch.world = Some(store.world_after(&batch.accounts)?);
        let event = |expires_after: u64| NewEvent { expires_after, event: vec![expires_after as u8] };
        batch.events = [0, 1, 3].map(event).to_vec();
        Ok(())
    })
}

/// Does as [`write_all`], and lets `add` complete the batch.
pub(crate) fn commit_with(
    store: &dyn PageStore,
    contracts: &[(Address, Pages)],
    add: impl FnOnce(&mut Batch<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let _writer = store.writer()?;
    let snapshot = store.snapshot()?;
    let commit = CommitNumber(snapshot.head()?.0 + 1);
    let receipt = Some(commit.0.to_le_bytes().to_vec());
    let mut batch = Batch { commit: Some(commit), receipt, ..Batch::default() };
    for (address, pages) in contracts {
        let account = snapshot.account(address)?.expect("the contract is deployed");
        let mut writes = Vec::new();
        let mut old = ZERO_PAGE;
        for (&index, bytes) in pages {
            snapshot.read_page(address, PageIndex(index), &mut old)?;
            writes.extend((old != *bytes).then_some(PageWrite { page: PageIndex(index), bytes }));
        }
        if writes.is_empty() {
            continue;
        }
        let (after, tree) = snapshot.state_after(address, &writes)?;
        let changed = Account { state: after, version: Version(account.version.0 + 1), ..account.clone() };
        let before = account.state;
        batch.accounts.push((*address, Some(account), changed));
        batch.contracts.push(ContractChange { address: *address, before, after, pages: writes, tree });
    }
    add(&mut batch)?;
    drop(snapshot);
    store.commit(&batch)
}

/// A model of a store: it predicts what the store contains.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) commits: u64,
    pub(crate) contracts: BTreeMap<Address, Vec<Pages>>,
    /// The commit that made each version.
    pub(crate) made: BTreeMap<Address, Vec<CommitNumber>>,
    /// The history start of each pruned contract.
    pub(crate) oldest: BTreeMap<Address, usize>,
    /// Balance of each contract beyond that of its deployment.
    pub(crate) funded: BTreeMap<Address, u64>,
    /// Commits that are rollbacks. Their receipts are not predicted.
    pub(crate) rolled_back: BTreeSet<u64>,
}

/// The non-zero pages of a contract at one version.
pub(crate) type Pages = BTreeMap<u32, PageBytes>;

impl Model {
    pub(crate) fn write(&mut self, contracts: &[(Address, Pages)]) {
        self.commits += 1;
        for (address, pages) in contracts {
            let versions = self.contracts.get_mut(address).unwrap();
            let mut now = versions.last().unwrap().clone();
            now.extend(pages);
            now.retain(|_, bytes| *bytes != ZERO_PAGE);
            if now != *versions.last().unwrap() {
                versions.push(now);
                let made = self.made.entry(*address).or_insert_with(|| vec![CommitNumber(0)]);
                made.push(CommitNumber(self.commits));
            }
        }
    }

    /// Rolls a contract back to a version. Returns whether that changes its pages.
    pub(crate) fn roll_back(&mut self, address: &Address, version: usize) -> bool {
        let versions = &self.contracts[address];
        let mut pages: Pages = versions.last().unwrap().keys().map(|page| (*page, ZERO_PAGE)).collect();
        pages.extend(&versions[version]);
        if versions.last() == Some(&versions[version]) {
            return false;
        }
        self.write(&[(*address, pages)]);
        self.rolled_back.insert(self.commits);
        true
    }

    pub(crate) fn root(address: &Address, pages: &Pages) -> StateRoot {
        let hash = |(&index, bytes): (&u32, &PageBytes)| (index, page_hash(address, PageIndex(index), bytes).0);
        root_from_scratch(&pages.iter().map(hash).collect())
    }

    /// Compares the world tree and the events. [`write_block`] must have written each commit for which
    /// [`is_block`](Self::is_block) is true, with the commit's number as the block's number.
    pub(crate) fn compare_blocks(&self, store: &dyn PageStore) {
        let snapshot = store.snapshot().unwrap();
        let account = |address: Address| (address, snapshot.account(&address).unwrap().unwrap());
        let accounts: Vec<_> = snapshot.addresses().unwrap().into_iter().map(account).collect();
        assert_eq!(store.world_after(&[]).unwrap().root().0, hash::world_root(&accounts));
        let blocks: Vec<_> = (1..=self.commits).filter(|commit| self.is_block(*commit)).collect();
        let last = blocks.last().copied();
        assert_eq!(snapshot.last_block(CommitNumber(self.commits)).unwrap(), last);
        let mut expected = Vec::new();
        for block in blocks {
            for (number, kept) in [(0, 0), (1, 1), (2, 3)] {
                if kept == 0 || last.is_some_and(|last| last < block + kept) {
                    let event = vec![kept as u8];
                    expected.push(LiveEvent { commit: CommitNumber(block), number, block, event });
                }
            }
        }
        assert_eq!(store.events().unwrap(), expected);
    }

    pub(crate) fn is_block(&self, commit: u64) -> bool {
        commit.is_multiple_of(3) && !self.rolled_back.contains(&commit)
    }

    /// Compares everything that a snapshot returns, and the old versions to which its diffs lead.
    pub(crate) fn compare(&self, snapshot: &dyn Snapshot) {
        assert_eq!(snapshot.head().unwrap(), CommitNumber(self.commits));
        assert_eq!(snapshot.addresses().unwrap(), self.contracts.keys().copied().collect::<Vec<_>>());
        for (address, versions) in &self.contracts {
            self.compare_contract(snapshot, address, versions);
        }
        for commit in 0..self.commits + 2 {
            let expected = (1..=self.commits).contains(&commit).then(|| commit.to_le_bytes().to_vec());
            let receipt = snapshot.receipt(CommitNumber(commit)).unwrap();
            if self.rolled_back.contains(&commit) {
                assert!(receipt.is_some());
            } else {
                assert_eq!(receipt, expected);
            }
        }
    }

    fn compare_contract(&self, snapshot: &dyn Snapshot, address: &Address, versions: &[Pages]) {
        let account = snapshot.account(address).unwrap().unwrap();
        let newest = versions.last().unwrap();
        assert_eq!(account.version, Version(versions.len() as u64 - 1));
        assert_eq!(account.balance, 5 + self.funded.get(address).unwrap_or(&0));
        assert_eq!(account.state, Self::root(address, newest));
        let stored: Vec<_> = snapshot.stored_pages(address).unwrap().into_iter().map(|page| page.0).collect();
        assert_eq!(stored, newest.keys().copied().collect::<Vec<_>>());
        let mut bytes = [7; PAGE_SIZE];
        for (&index, expected) in newest {
            assert!(snapshot.read_page(address, PageIndex(index), &mut bytes).unwrap());
            assert_eq!(&bytes, expected);
        }
        assert!(!snapshot.read_page(address, PageIndex(777), &mut bytes).unwrap());
        assert_eq!(bytes, ZERO_PAGE);
        self.compare_history(snapshot, address, versions);
    }

    fn compare_history(&self, snapshot: &dyn Snapshot, address: &Address, versions: &[Pages]) {
        let mut pages = versions.last().unwrap().clone();
        let oldest = self.oldest.get(address).copied().unwrap_or(0);
        for version in (oldest + 1..versions.len()).rev() {
            let diff = snapshot.diff(address, Version(version as u64)).unwrap().unwrap();
            assert_eq!(diff.after, Self::root(address, &pages));
            for change in &diff.pages {
                apply(&change.runs, pages.entry(change.page.0).or_insert(ZERO_PAGE)).unwrap();
                let at = |version: usize| versions[version].get(&change.page.0);
                let previous = (1..version).rev().find(|&before| at(before) != at(before - 1));
                let previous = previous.map_or(CommitNumber(0), |before| self.made[address][before]);
                assert_eq!(change.previous, previous);
            }
            pages.retain(|_, bytes| *bytes != ZERO_PAGE);
            assert_eq!(&pages, &versions[version - 1]);
            assert_eq!(diff.before, Self::root(address, &pages));
        }
        for version in (0..=oldest as u64).chain([versions.len() as u64]) {
            assert_eq!(snapshot.diff(address, Version(version)).unwrap(), None);
        }
    }
}

/// Computes the state root by its definition: level by level, up to the first level with a single node.
pub(crate) fn root_from_scratch(pages: &BTreeMap<u32, NodeHash>) -> StateRoot {
    let Some((&last, _)) = pages.last_key_value() else { return StateRoot::ZERO };
    let depth = (0..=20).find(|depth| last >> depth == 0).expect("an index has 20 bits");
    let mut level = pages.clone();
    for _ in 0..depth {
        let mut above = BTreeMap::new();
        for index in level.keys().map(|index| index / 2) {
            let child = |index| level.get(&index).unwrap_or(&ZERO_NODE);
            above.insert(index, node(child(2 * index), child(2 * index + 1)));
        }
        level = above;
    }
    hash::state_root(depth, &level[&0])
}
