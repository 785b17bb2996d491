//! A snapshot of a store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::content::{Entry, World, key};
use crate::store::codec::DecodeError;
use crate::store::diff;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::past;
use crate::store::scan::{Found, Scan, Table, Visit};
use crate::store::tree::{self, Block, BlockId, BlockReader, TreeUpdate};
use crate::store::world::{KeptWorld, WorldBlock, WorldBlockId, WorldBlocks};
use crate::store::{Account, DiffRecord, Mark, Moment, Record, Snapshot, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

#[derive(Debug)]
pub(super) struct MemorySnapshot {
    pub(super) world: Arc<World>,
}

impl MemorySnapshot {
    pub(super) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    fn entry(&self, address: &Address) -> Option<&Entry> {
        self.world.accounts.get(address)
    }
}

impl Snapshot for MemorySnapshot {
    fn moment(&self) -> Result<Moment, StoreError> {
        Ok(self.world.head)
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        Ok(self.entry(address).map(|entry| entry.account.clone()))
    }

    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError> {
        let Some(entry) = self.entry(address) else { return Ok(None) };
        match entry.mark {
            Some(mark) if moment < mark.moment => Err(StoreError::Pruned { address: *address, kept: mark.version }),
            _ => Ok(entry.accounts.at(moment).cloned()),
        }
    }

    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        Ok(self.entry(address).and_then(|entry| entry.mark))
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

    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError> {
        self.read_page(address, page, into)?;
        let Some(entry) = self.entry(address) else { return Ok(false) };
        let mut last_change = entry.pages.get(page.0).map_or(CommitNumber(0), |page| page.last_change);
        while last_change > commit {
            let missing = || Record::Diff(*address, last_change).damaged(DecodeError::Missing);
            let diff = entry.diffs.get(key(last_change)).ok_or_else(missing)?;
            let at = diff.pages.binary_search_by_key(&page, |change| change.page).map_err(|_| missing())?;
            let change = &diff.pages[at];
            let damaged = |_| Record::Diff(*address, last_change).damaged(DecodeError::Invalid("run"));
            diff::apply(&change.runs, into).map_err(damaged)?;
            last_change = change.previous;
        }
        Ok(*into != ZERO_PAGE)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let mut pages = Vec::new();
        if let Some(entry) = self.entry(address) {
            entry.pages.for_each(|index, page| pages.extend(page.content.is_some().then_some(PageIndex(index))));
        }
        Ok(pages)
    }

    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        tree::after(&(*address, self.entry(address)), over, leaves)
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        let at = self.world.commits.get(key(commit));
        Ok(at.and_then(|at| self.world.log.items.get(*at)).and_then(|(_, log)| log.receipt.clone()))
    }

    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError> {
        let at = self.world.commits.get(key(commit));
        Ok(at.and_then(|at| self.world.log.items.get(*at)).and_then(|(_, log)| log.last_block))
    }

    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        let diff = self.entry(address).and_then(|entry| entry.diffs.get(key(commit)));
        Ok(diff.map(|diff| (**diff).clone()))
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        past::diff_of(self, address, version)
    }
}

impl BlockReader for (Address, Option<&Entry>) {
    fn depth(&self) -> u32 {
        self.1.map_or(0, |entry| entry.depth)
    }

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
    fn head(&self) -> Result<Moment, StoreError> {
        Ok(self.world.head)
    }

    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>) {
        let entry = owner.and_then(|owner| self.entry(owner));
        match (table, entry) {
            (Table::Accounts, _) => self.scan_accounts(visit),
            (Table::Code, _) => {
                for (hash, code) in &self.world.code {
                    let is_sound = hash::code_hash(code) == *hash;
                    visit(if is_sound {
                        Ok(Found::Code(*hash))
                    } else {
                        Err(Record::Code(*hash).damaged(DecodeError::Hash))
                    });
                }
            }
            (Table::Log, _) => self.scan_log(visit),
            (Table::Pages, Some(entry)) => entry.pages.for_each(|index, page| {
                visit(Ok(Found::Page(PageIndex(index), page.last_change, page.content.as_deref())));
            }),
            (Table::Blocks, Some(entry)) => {
                visit(Ok(Found::TreeDepth(entry.depth)));
                entry.blocks.for_each(|_, block| visit(Ok(Found::Block(block.clone().into()))))
            }
            (Table::World, _) => {
                visit(Ok(Found::WorldMark(self.world.tree_moment)));
                for block in self.world.tree.blocks.values() {
                    visit(Ok(Found::WorldBlock(Box::new(block.clone()))));
                }
            }
            (Table::Events, _) => {
                self.world.events.iter().for_each(|(name, (block, _))| visit(Ok(Found::Event(*name, *block))));
            }
            (Table::Pages | Table::Blocks, None) | (Table::Strays, _) => {}
        }
    }

    /// Returns no addresses: every record is in the entry of its account.
    fn owners(&self) -> Result<BTreeSet<Address>, StoreError> {
        Ok(BTreeSet::new())
    }
}

impl WorldBlocks for MemorySnapshot {
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError> {
        self.world.tree.read(id)
    }
}

impl KeptWorld for MemorySnapshot {
    fn world_moment(&self) -> Result<Moment, StoreError> {
        Ok(self.world.tree_moment)
    }

    fn changed_after(&self, moment: Moment) -> Result<BTreeSet<Address>, StoreError> {
        Ok(self.world.log.after(moment).flat_map(|(_, log)| log.accounts.iter().copied()).collect())
    }
}

impl MemorySnapshot {
    fn scan_accounts(&self, visit: Visit<'_>) {
        for (address, entry) in &self.world.accounts {
            if let Some(mark) = entry.mark {
                visit(Ok(Found::Mark(*address, mark)));
            }
            for (moment, account) in entry.accounts.iter() {
                visit(Ok(Found::Account(*address, *moment, account.clone())));
            }
        }
    }

    fn scan_log(&self, visit: Visit<'_>) {
        for (moment, log) in self.world.log.iter() {
            visit(Ok(Found::Log(*moment, (**log).clone())));
            for address in log.accounts.iter().filter(|_| moment.step == 0) {
                if let Some(diff) = self.entry(address).and_then(|entry| entry.diffs.get(key(moment.commit))) {
                    visit(Ok(Found::Diff(*address, (**diff).clone())));
                }
            }
        }
    }
}
