//! Checks each contract's code, pages and state tree, and finds records without an owner.

use std::collections::{BTreeMap, BTreeSet};

use super::checker::Checker;
use super::history::History;
use crate::store::codec::DecodeError;
use crate::store::scan::{Found, Scan, Table};
use crate::store::tree::{self, Block, BlockId, Leaf, NoBlocks};
use crate::store::{Account, Record, TreeUpdate, hash};
use crate::units::{Address, CommitNumber, PageIndex};

impl<S: Scan> Checker<'_, S> {
    /// Checks rules 6 and 7 for code.
    pub(super) fn code(&mut self, accounts: &BTreeMap<Address, Account>) {
        let mut stored = BTreeSet::new();
        let is_whole = self.scan(Table::Code, None, |_, found| {
            if let Found::Code(hash) = found {
                stored.insert(hash);
            }
        });
        let mut used = BTreeSet::new();
        for (address, account) in accounts {
            let Some(code) = account.code else { continue };
            self.report.contracts += 1;
            used.insert(code.hash);
            if is_whole && !stored.contains(&code.hash) {
                self.problem(Record::Code(code.hash), format!("it is missing; contract {address} runs it"));
            }
        }
        for hash in stored.difference(&used) {
            self.problem(Record::Code(*hash), "no contract runs it");
        }
    }

    /// Checks the pages, the state tree and the lists of changes of one contract.
    pub(super) fn contract(&mut self, address: &Address, account: &Account, history: &History) {
        let Some((leaves, last_changes)) = self.pages(address, account) else {
            // Without all pages the tree cannot be computed: check only that its records can be read.
            self.scan(Table::Blocks, Some(address), |_, _| {});
            return;
        };
        self.tree(address, account, leaves);
        self.last_changes(address, &last_changes, history);
    }

    /// Checks rule 6. Returns the leaves of the tree and the commit that last changed each page, or `None` if some page cannot be
    /// read.
    fn pages(
        &mut self,
        address: &Address,
        account: &Account,
    ) -> Option<(Vec<Leaf>, BTreeMap<PageIndex, CommitNumber>)> {
        let (mut leaves, mut last_changes) = (Vec::new(), BTreeMap::new());
        let is_whole = self.scan(Table::Pages, Some(address), |checker, found| {
            let Found::Page(page, last, content) = found else { return };
            let record = Record::Page(*address, page);
            if !account.code.is_some_and(|code| code.max_pages.contains(page)) {
                checker.problem(record, "it is not below the contract's page limit");
            }
            if last_changes.insert(page, last).is_some() {
                checker.problem(record, "it has two records");
            } else if let Some(content) = content {
                checker.report.pages += 1;
                leaves.push(Leaf::page(page.0, hash::page_hash(address, page, content).0));
            }
        });
        is_whole.then_some((leaves, last_changes))
    }

    /// Checks rule 2.
    fn tree(&mut self, address: &Address, account: &Account, leaves: Vec<Leaf>) {
        let update = match tree::update(&NoBlocks, TreeUpdate::default(), leaves) {
            Ok(update) => update,
            Err(error) => return self.error(Table::Blocks, error),
        };
        let root = update.root();
        if root != account.state {
            let what = format!("its pages have the root {root}, but it records {}", account.state);
            self.problem(Record::Account(*address), what);
        } else {
            self.sound_states.insert(*address);
        }
        let mut expected: BTreeMap<BlockId, &Block> = update.blocks().iter().map(|block| (block.id, block)).collect();
        let is_whole = self.scan(Table::Blocks, Some(address), |checker, found| {
            if let Found::TreeDepth(depth) = found
                && depth != update.depth()
            {
                let what = format!("it records depth {depth}, but the pages need {}", update.depth());
                checker.problem(Record::TreeHead(*address), what);
            }
            let Found::Block(block) = found else { return };
            let record = Record::TreeBlock(*address, block.id);
            match expected.remove(&block.id) {
                None => checker.problem(record, "it should not exist: no page is stored below it"),
                Some(expected) if *expected != *block => checker.problem(record, "its nodes do not match the pages"),
                Some(_) => {}
            }
        });
        if is_whole {
            for id in expected.keys() {
                self.problem(Record::TreeBlock(*address, *id), DecodeError::Missing.to_string());
            }
        }
    }

    /// Checks rule 7.
    pub(super) fn orphans(&mut self, accounts: &BTreeMap<Address, Account>) {
        match self.store.owners() {
            Ok(owners) => {
                for owner in owners.iter().filter(|owner| !accounts.contains_key(owner)) {
                    self.problem(Record::Account(*owner), "it is missing, but other records belong to it");
                }
            }
            Err(error) => self.error(Table::Accounts, error),
        }
    }

    /// Checks rule 5 at the head of each list of changes, which is the page's record.
    fn last_changes(&mut self, address: &Address, found: &BTreeMap<PageIndex, CommitNumber>, history: &History) {
        if history.broken.contains(address) {
            return;
        }
        let none = BTreeMap::new();
        let changes = history.chains.get(address).map_or(&none, |chain| &chain.changes);
        let pruned = history.marks.get(address).map_or(CommitNumber(0), |mark| mark.moment.commit);
        for page in changes.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let is_correct = match (changes.get(page), found.get(page)) {
                (Some(last), found) => found == Some(last),
                (None, found) => found.is_some_and(|found| (1..=pruned.0).contains(&found.0)),
            };
            if !is_correct {
                self.problem(Record::Page(*address, *page), "it names another last change than the diffs do");
            }
        }
    }
}
