//! What a store in memory holds, and how a commit changes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::list::List;
use super::radix::{FULL_DEPTH, RadixMap};
use crate::store::event::EventName;
use crate::store::hash::ZERO_PAGE;
use crate::store::log::LogRecord;
use crate::store::tree::Block;
use crate::store::world::WorldTree;
use crate::store::{Account, Batch, ContractChange, DiffRecord, Mark, Moment, PageChange};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes};

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) head: Moment,
    pub(super) accounts: BTreeMap<Address, Entry>,
    pub(super) code: BTreeMap<CodeHash, Arc<[u8]>>,
    pub(super) log: List<Arc<LogRecord>>,
    /// Where the log has each commit.
    pub(super) commits: RadixMap<u32, FULL_DEPTH>,
    /// The world tree, and the moment of which it is.
    pub(super) tree: Arc<WorldTree>,
    pub(super) tree_moment: Moment,
    /// The events that have not expired: the newest block when they were emitted, and what they say.
    pub(super) events: Arc<BTreeMap<EventName, (u64, Vec<u8>)>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) account: Account,
    /// The account at each moment that changed it.
    pub(super) accounts: List<Account>,
    pub(super) mark: Option<Mark>,
    /// By the numbers of their commits.
    pub(super) diffs: RadixMap<Arc<DiffRecord>, FULL_DEPTH>,
    pub(super) pages: RadixMap<StoredPage>,
    /// By their ordinals.
    pub(super) blocks: RadixMap<Block>,
    /// The depth of their tree.
    pub(super) depth: u32,
}

#[derive(Debug, Clone)]
pub(super) struct StoredPage {
    /// Nothing if the page is zero again.
    pub(super) content: Option<Box<PageBytes>>,
    pub(super) last_change: CommitNumber,
}

/// A commit's number as a key. A store in memory has fewer than 2^32 of them.
pub(super) fn key(commit: CommitNumber) -> u32 {
    u32::try_from(commit.0).unwrap_or(u32::MAX)
}

impl World {
    /// Keeps what a batch emits, and drops the events that it passes.
    pub(super) fn change_events(&mut self, batch: &Batch<'_>, last_block: Option<u64>) {
        let passed = |name: &EventName| batch.block.is_some_and(|block| name.expires <= block);
        if batch.events.is_empty() && !self.events.first_key_value().is_some_and(|(name, _)| passed(name)) {
            return;
        }
        let events = Arc::make_mut(&mut self.events);
        while events.first_key_value().is_some_and(|(name, _)| passed(name)) {
            events.pop_first();
        }
        let emitted = batch.emitted(last_block);
        events.extend(emitted.map(|(name, block, event)| (name, (block, event.to_vec()))));
    }
}

impl Entry {
    /// Takes over a contract's new pages and blocks.
    pub(super) fn change(&mut self, commit: CommitNumber, change: &ContractChange<'_>) {
        let mut pages = Vec::with_capacity(change.pages.len());
        for write in &change.pages {
            let previous = self.pages.get(write.page.0).map_or(CommitNumber(0), |page| page.last_change);
            pages.push(PageChange { page: write.page, previous, runs: write.runs.clone() });
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
        while let Some(gone) = self.accounts.pop_before(mark.moment) {
            self.diffs.remove(key(gone.commit));
        }
        // The version that is kept has no way back.
        if mark.moment.step == 0 {
            self.diffs.remove(key(mark.moment.commit));
        }
        self.mark = Some(mark);
    }
}
