//! The check of a whole store: everything that can be worked out from something else is, and compared.
//!
//! 1. Every record can be read (its checksum, or its hash, fits), and every key names something.
//! 2. The root of every contract, worked out from its pages alone, is the one its account records, and every block of
//!    its tree is as worked out.
//! 3. The moments of the log follow each other without gaps, up to the head. Each names the accounts that it changed, and
//!    each of these is there as of that moment, unless it was pruned.
//! 4. The versions of every contract are consecutive from the oldest that is kept, each begins with the root that the one
//!    before ended with, and its account says so too.
//! 5. The list of a page's changes leads through exactly the commits that changed it.
//! 6. Every contract has its code, and pages below its page limit.
//! 7. Nothing belongs to an account that is not there, and no code to no contract.
//! 8. The world tree is that of the accounts as of its moment.
//! 9. The events that the log names and no block has passed are there, and no others.

mod history;
mod soundness;
mod world;

pub use soundness::{SoundStorage, Unsound};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::codec::DecodeError;
use super::scan::{Found, Scan, Table};
use super::tree::{self, Block, BlockId, Leaf, NoBlocks};
use super::{Account, Moment, Record, StoreError, TreeUpdate, hash};
use crate::units::{Address, CommitNumber, PageIndex};
use history::History;

/// What a check found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// Accounts with code.
    pub contracts: u64,
    /// Those of them of which nothing is wrong.
    pub sound: u64,
    /// Pages that are stored.
    pub pages: u64,
    /// Everything that is wrong; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The accounts that the problems touch, in ascending order, and how to go on with each.
    pub unsound: Vec<Unsound>,
}

/// One thing that is wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub record: Record,
    /// What.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.record, self.what)
    }
}

/// Checks a store.
pub(super) fn check(store: &impl Scan) -> CheckReport {
    let mut checker = Checker {
        store,
        head: Moment::default(),
        report: CheckReport::default(),
        sound_states: BTreeSet::new(),
        unreadable: BTreeSet::new(),
    };
    match store.head() {
        Ok(head) => checker.head = head,
        Err(error) => checker.error(Table::Log, error),
    }
    checker.scan(Table::Strays, None, |_, _| {});
    let mut history = History::beside(checker.read_world());
    checker.log(&mut history);
    let accounts = checker.accounts(&mut history);
    checker.world(&mut history);
    checker.events(&mut history);
    checker.code(&accounts);
    for (address, account) in &accounts {
        checker.contract(address, account, &history);
    }
    checker.orphans(&accounts);
    checker.soundness(&accounts);
    checker.report
}

struct Checker<'a, S> {
    store: &'a S,
    head: Moment,
    report: CheckReport,
    /// Contracts whose pages have the root that the account records.
    sound_states: BTreeSet<Address>,
    /// Accounts of which some record could not be read.
    unreadable: BTreeSet<Address>,
}

impl<S: Scan> Checker<'_, S> {
    fn problem(&mut self, record: Record, what: impl Into<String>) {
        self.report.problems.push(Problem { record, what: what.into() });
    }

    fn error(&mut self, table: Table, error: StoreError) {
        match error {
            StoreError::Damaged { record, problem } => self.problem(record, problem.to_string()),
            other => self.problem(Record::Table(table.name()), other.to_string()),
        }
    }

    /// Visits what can be read and reports the rest. Returns whether all could be read.
    fn scan(&mut self, table: Table, owner: Option<&Address>, mut visit: impl FnMut(&mut Self, Found<'_>)) -> bool {
        let mut whole = true;
        self.store.scan(table, owner, &mut |found| match found {
            Ok(found) => visit(self, found),
            Err(error) => {
                whole = false;
                self.unreadable.extend(owner);
                self.error(table, error);
            }
        });
        whole
    }

    fn code(&mut self, accounts: &BTreeMap<Address, Account>) {
        let mut stored = BTreeSet::new();
        let whole = self.scan(Table::Code, None, |_, found| {
            if let Found::Code(hash) = found {
                stored.insert(hash);
            }
        });
        let mut used = BTreeSet::new();
        for (address, account) in accounts {
            let Some(code) = account.code else { continue };
            self.report.contracts += 1;
            used.insert(code.hash);
            if whole && !stored.contains(&code.hash) {
                self.problem(Record::Code(code.hash), format!("it is missing; contract {address} runs it"));
            }
        }
        for hash in stored.difference(&used) {
            self.problem(Record::Code(*hash), "no contract runs it");
        }
    }

    fn contract(&mut self, address: &Address, account: &Account, history: &History) {
        let Some((leaves, last_changes)) = self.pages(address, account) else {
            // The tree and the lists of changes cannot be worked out: only whether its records can be read.
            self.scan(Table::Blocks, Some(address), |_, _| {});
            return;
        };
        self.tree(address, account, leaves);
        self.last_changes(address, &last_changes, history);
    }

    /// Rule 6, and what the rest is worked out from: the tree's leaves, and the commit that last changed each page.
    /// Nothing if some page cannot be read.
    fn pages(
        &mut self,
        address: &Address,
        account: &Account,
    ) -> Option<(Vec<Leaf>, BTreeMap<PageIndex, CommitNumber>)> {
        let (mut leaves, mut last_changes) = (Vec::new(), BTreeMap::new());
        let whole = self.scan(Table::Pages, Some(address), |checker, found| {
            let Found::Page(page, last, content) = found else { return };
            let record = Record::Page(*address, page);
            if !account.code.is_some_and(|code| code.max_pages.contains(page)) {
                checker.problem(record, "it is not below the contract's page limit");
            }
            if last_changes.insert(page, last).is_some() {
                checker.problem(record, "it is there twice");
            } else if let Some(content) = content {
                checker.report.pages += 1;
                leaves.push(Leaf::page(page.0, hash::page_hash(address, page, content).0));
            }
        });
        whole.then_some((leaves, last_changes))
    }

    /// Rule 2.
    fn tree(&mut self, address: &Address, account: &Account, leaves: Vec<Leaf>) {
        let update = match tree::update(&NoBlocks, TreeUpdate::default(), leaves) {
            Ok(update) => update,
            Err(error) => return self.error(Table::Blocks, error),
        };
        let root = update.root();
        if root != account.state {
            let what = format!("its pages have the root {root}, it records {}", account.state);
            self.problem(Record::Account(*address), what);
        } else {
            self.sound_states.insert(*address);
        }
        let mut expected: BTreeMap<BlockId, &Block> = update.blocks().iter().map(|block| (block.id, block)).collect();
        let whole = self.scan(Table::Blocks, Some(address), |checker, found| {
            let Found::Block(block) = found else { return };
            let record = Record::TreeBlock(*address, block.id);
            match expected.remove(&block.id) {
                None => checker.problem(record, "no page lies below it"),
                Some(expected) if *expected != *block => checker.problem(record, "it is not what the pages hash to"),
                Some(_) => {}
            }
        });
        if whole {
            for id in expected.keys() {
                self.problem(Record::TreeBlock(*address, *id), DecodeError::Missing.to_string());
            }
        }
    }

    /// Rule 7.
    fn orphans(&mut self, accounts: &BTreeMap<Address, Account>) {
        match self.store.owners() {
            Ok(owners) => {
                for owner in owners.iter().filter(|owner| !accounts.contains_key(owner)) {
                    self.problem(Record::Account(*owner), "it is missing, but there are records of it");
                }
            }
            Err(error) => self.error(Table::Accounts, error),
        }
    }
}
