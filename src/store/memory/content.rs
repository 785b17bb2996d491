//! The content of a store in memory, and its changes by a commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::list::List;
use super::radix::{FULL_DEPTH, RadixMap};
use crate::store::event::EventName;
use crate::store::hash::ZERO_PAGE;
use crate::store::log::LogRecord;
use crate::store::tree::Block;
use crate::store::world::WorldTree;
use crate::store::{
    Account, Batch, ContractChange, DiffRecord, Mark, Moment, PageChange, StoreError, batch, runs_between,
};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes};

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) head: Moment,
    pub(super) accounts: BTreeMap<Address, Entry>,
    pub(super) code: BTreeMap<CodeHash, Arc<[u8]>>,
    pub(super) log: List<Arc<LogRecord>>,
    /// The position in the log of each commit.
    pub(super) commits: RadixMap<u32, FULL_DEPTH>,
    /// The world tree and its moment.
    pub(super) tree: Arc<WorldTree>,
    pub(super) tree_moment: Moment,
    /// The live events: the newest block when each was emitted, and its encoding.
    pub(super) events: Arc<BTreeMap<EventName, (u64, Vec<u8>)>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) account: Account,
    /// The account at each moment that changed it.
    pub(super) accounts: List<Account>,
    pub(super) mark: Option<Mark>,
    /// By [`key`] of their commits.
    pub(super) diffs: RadixMap<Arc<DiffRecord>, FULL_DEPTH>,
    pub(super) pages: RadixMap<StoredPage>,
    /// By their ordinals.
    pub(super) blocks: RadixMap<Block>,
    /// The depth of the state tree.
    pub(super) depth: u32,
}

#[derive(Debug, Clone)]
pub(super) struct StoredPage {
    /// `None` if the page is zero again.
    pub(super) content: Option<Box<PageBytes>>,
    pub(super) last_change: CommitNumber,
}

/// Returns a commit's number as a key. A store in memory has fewer than 2^32 commits.
pub(super) fn key(commit: CommitNumber) -> u32 {
    u32::try_from(commit.0).unwrap_or(u32::MAX)
}

impl World {
    /// Adds the events of a batch, and drops those that its block expires.
    pub(super) fn change_events(&mut self, batch: &Batch<'_>, last_block: Option<u64>) {
        let is_expired = |name: &EventName| batch.block.is_some_and(|block| name.expires <= block);
        if batch.events.is_empty() && !self.events.first_key_value().is_some_and(|(name, _)| is_expired(name)) {
            return;
        }
        let events = Arc::make_mut(&mut self.events);
        while events.first_key_value().is_some_and(|(name, _)| is_expired(name)) {
            events.pop_first();
        }
        let emitted = batch.emitted(last_block);
        events.extend(emitted.map(|(name, block, event)| (name, (block, event.to_vec()))));
    }
}

impl Entry {
    /// Returns the changed bytes of every page in a change of the contract. Fails if a page does not change.
    pub(super) fn diff(&self, change: &ContractChange<'_>) -> Result<Vec<PageChange>, StoreError> {
        let mut pages = Vec::with_capacity(change.pages.len());
        for write in &change.pages {
            let stored = self.pages.get(write.page.0);
            let old = stored.and_then(|page| page.content.as_deref()).unwrap_or(&ZERO_PAGE);
            let previous = stored.map_or(CommitNumber(0), |page| page.last_change);
            let runs = runs_between(old, write.bytes);
            if runs.is_empty() {
                return Err(batch::unchanged(change.address));
            }
            pages.push(PageChange { page: write.page, previous, runs });
        }
        Ok(pages)
    }

    /// Drops the pages and the state tree.
    pub(super) fn forget_storage(&mut self) {
        (self.pages, self.blocks, self.depth) = Default::default();
    }

    /// Applies the change of a contract in a commit. `pages` is its [`diff`](Self::diff).
    pub(super) fn change(&mut self, commit: CommitNumber, change: &ContractChange<'_>, pages: Vec<PageChange>) {
        for write in &change.pages {
            let content = (*write.bytes != ZERO_PAGE).then(|| Box::new(*write.bytes));
            self.pages.insert(write.page.0, StoredPage { content, last_change: commit });
        }
        for block in change.tree.blocks() {
            if block.is_empty() {
                self.blocks.remove(block.id.ordinal());
            } else {
                self.blocks.insert(block.id.ordinal(), block.clone());
            }
        }
        self.depth = change.tree.depth();
        let version = self.account.version;
        let diff = DiffRecord { commit, version, before: change.before, after: change.after, pages };
        self.diffs.insert(key(commit), Arc::new(diff));
    }

    pub(super) fn prune(&mut self, mark: Mark) {
        while let Some(removed) = self.accounts.pop_before(mark.moment) {
            self.diffs.remove(key(removed.commit));
        }
        // The diff of the oldest version leads to a version that no longer exists.
        if mark.moment.step == 0 {
            self.diffs.remove(key(mark.moment.commit));
        }
        self.mark = Some(mark);
    }
}
