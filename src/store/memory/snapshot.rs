//! One moment of a store in memory.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Entry, History, World};
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::scan::{Found, Scan, Table, Visit};
use crate::store::tree::{self, Block, BlockId, BlockReader, TreeUpdate};
use crate::store::{Account, DiffRecord, PageWrite, Record, Snapshot, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

#[derive(Debug)]
pub(super) struct MemorySnapshot {
    world: Arc<World>,
    history: Arc<RwLock<History>>,
}

impl MemorySnapshot {
    pub(super) fn new(world: Arc<World>, history: Arc<RwLock<History>>) -> Self {
        Self { world, history }
    }

    fn entry(&self, address: &Address) -> Option<&Entry> {
        self.world.accounts.get(address)
    }

    fn history(&self) -> RwLockReadGuard<'_, History> {
        self.history.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot for MemorySnapshot {
    fn head(&self) -> Result<CommitNumber, StoreError> {
        Ok(self.world.head)
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        Ok(self.entry(address).map(|entry| entry.account.clone()))
    }

    fn addresses(&self) -> Result<Vec<Address>, StoreError> {
        Ok(self.world.accounts.keys().copied().collect())
    }

    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.world.code.get(hash).map(|code| code.to_vec()))
    }

    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        let stored = self.entry(address).and_then(|entry| entry.pages.get(page.0));
        let content = stored.and_then(|page| page.content.as_deref());
        *into = *content.unwrap_or(&ZERO_PAGE);
        Ok(content.is_some())
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let mut pages = Vec::new();
        if let Some(entry) = self.entry(address) {
            entry.pages.for_each(|index, page| pages.extend(page.content.is_some().then_some(PageIndex(index))));
        }
        Ok(pages)
    }

    fn state_after(&self, address: &Address, changes: &[PageWrite<'_>]) -> Result<(StateRoot, TreeUpdate), StoreError> {
        tree::update(&(*address, self.entry(address)), crate::store::leaves(address, changes))
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        let visible = (1..=self.world.head.0).contains(&commit.0);
        Ok(if visible { self.history().receipts[commit.0 as usize - 1].clone() } else { None })
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        let visible = self.entry(address).is_some_and(|entry| version <= entry.account.version);
        Ok(if visible { self.history().diffs.get(&(*address, version)).cloned() } else { None })
    }
}

impl BlockReader for (Address, Option<&Entry>) {
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        if let Some(stored) = self.1.and_then(|entry| entry.blocks.get(block.id.ordinal())) {
            block.clone_from(stored);
        }
        Ok(())
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(self.0, id).damaged(problem)
    }
}

impl Scan for MemorySnapshot {
    fn head(&self) -> Result<CommitNumber, StoreError> {
        Ok(self.world.head)
    }

    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>) {
        let entry = owner.and_then(|owner| self.entry(owner));
        match (table, entry) {
            (Table::Accounts, _) => {
                for (address, entry) in &self.world.accounts {
                    visit(Ok(Found::Account(*address, entry.account.clone())));
                }
            }
            (Table::Code, _) => {
                for (hash, code) in &self.world.code {
                    let sound = hash::code_hash(code) == *hash;
                    visit(if sound {
                        Ok(Found::Code(*hash))
                    } else {
                        Err(Record::Code(*hash).damaged(DecodeError::Hash))
                    });
                }
            }
            (Table::Receipts, _) => (1..=self.world.head.0).for_each(|i| visit(Ok(Found::Receipt(CommitNumber(i))))),
            (Table::Pages, Some(entry)) => entry.pages.for_each(|index, page| {
                visit(Ok(Found::Page(PageIndex(index), page.last_change, page.content.as_deref())));
            }),
            (Table::Blocks, Some(entry)) => {
                entry.blocks.for_each(|_, block| visit(Ok(Found::Block(block.clone().into()))))
            }
            (Table::Diffs, Some(entry)) => {
                let Some(&owner) = owner else { return };
                let versions = (owner, Version(0))..=(owner, entry.account.version);
                self.history().diffs.range(versions).for_each(|(_, diff)| visit(Ok(Found::Diff(diff.clone()))));
            }
            (Table::Pages | Table::Blocks | Table::Diffs, None) => {}
        }
    }

    /// Everything lies in the entry of its account, and diffs beyond it are later than this moment.
    fn owners(&self, _: Table) -> Result<BTreeSet<Address>, StoreError> {
        Ok(BTreeSet::new())
    }
}
