//! The check of a whole store: everything that can be worked out from something else is, and compared.
//!
//! 1. Every record can be read (its checksum, or its hash, fits).
//! 2. The root of every contract, worked out from its pages alone, is the one its account records, and every block of
//!    its tree is as worked out.
//! 3. The versions of every contract are consecutive, each begins with the root that the one before ended with, and
//!    the last ends with the account's. Their commits ascend and are not above the head.
//! 4. The list of a page's changes leads through exactly the versions that changed it.
//! 5. Every commit has its record. Every contract has its code, and pages below its page limit.
//! 6. Nothing belongs to an account that is not there, and no code to no contract.

mod rebuild;
mod soundness;

pub use soundness::{SoundStorage, Unsound};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::codec::DecodeError;
use super::scan::{Found, Scan, Table};
use super::tree::{self, Block, BlockId, Leaf, NoBlocks};
use super::{Account, Record, StoreError, hash};
use crate::units::{Address, CommitNumber, PageIndex, StateRoot, Version};

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
        head: CommitNumber(0),
        report: CheckReport::default(),
        sound_states: BTreeSet::new(),
        unreadable: BTreeSet::new(),
    };
    match store.head() {
        Ok(head) => checker.head = head,
        Err(error) => checker.error(Table::Receipts, error),
    }
    let accounts = checker.accounts();
    checker.code(&accounts);
    checker.receipts();
    for (address, account) in &accounts {
        checker.contract(address, account);
    }
    checker.orphans(&accounts);
    checker.soundness(&accounts);
    checker.report
}

struct Checker<'a, S> {
    store: &'a S,
    head: CommitNumber,
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

    fn accounts(&mut self) -> BTreeMap<Address, Account> {
        let mut accounts = BTreeMap::new();
        self.scan(Table::Accounts, None, |_, found| {
            if let Found::Account(address, account) = found {
                accounts.insert(address, account);
            }
        });
        accounts
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

    fn receipts(&mut self) {
        let mut expected = 1;
        let whole = self.scan(Table::Receipts, None, |checker, found| {
            let Found::Receipt(CommitNumber(commit)) = found else { return };
            if commit != expected {
                checker.problem(Record::Receipt(CommitNumber(commit)), format!("it follows commit {}", expected - 1));
            }
            expected = commit.saturating_add(1);
        });
        if whole && expected.wrapping_sub(1) != self.head.0 {
            self.problem(Record::Receipt(self.head), format!("the head is {}, the last record another", self.head));
        }
    }

    fn contract(&mut self, address: &Address, account: &Account) {
        let Some((leaves, last_changes)) = self.pages(address, account) else {
            // The tree and the lists of changes cannot be worked out: only whether their records can be read.
            self.scan(Table::Blocks, Some(address), |_, _| {});
            self.scan(Table::Diffs, Some(address), |_, _| {});
            return;
        };
        self.tree(address, account, leaves);
        self.diffs(address, account, last_changes);
    }

    /// Rule 5, and what the rest is worked out from: the tree's leaves, and the version that last changed each page.
    /// Nothing if some page cannot be read.
    fn pages(&mut self, address: &Address, account: &Account) -> Option<(Vec<Leaf>, BTreeMap<PageIndex, Version>)> {
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
        let (root, update) = match tree::update(&NoBlocks, leaves) {
            Ok(tree) => tree,
            Err(error) => return self.error(Table::Blocks, error),
        };
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

    /// Rules 3 and 4.
    fn diffs(&mut self, address: &Address, account: &Account, last_changes: BTreeMap<PageIndex, Version>) {
        let (mut root, mut version, mut commit) = (StateRoot::ZERO, Version(0), CommitNumber(0));
        let mut changes = BTreeMap::new();
        let whole = self.scan(Table::Diffs, Some(address), |checker, found| {
            let Found::Diff(diff) = found else { return };
            let record = Record::Diff(*address, diff.version);
            if diff.version.0 != version.0 + 1 {
                checker.problem(record, format!("it follows version {version}"));
            } else if diff.before != root {
                checker.problem(
                    record,
                    format!("it begins with the root {}, the one before ended with {root}", diff.before),
                );
            }
            if diff.commit <= commit || diff.commit > checker.head {
                checker.problem(
                    record,
                    format!("it names commit {} after {commit}; the head is {}", diff.commit, checker.head),
                );
            }
            (root, version, commit) = (diff.after, diff.version, diff.commit);
            for change in diff.pages {
                let previous = changes.insert(change.page, version).unwrap_or_default();
                if previous != change.previous {
                    let what = format!("it says that version {} changed page {} before", change.previous, change.page);
                    checker.problem(record, format!("{what}, not {previous}"));
                }
            }
        });
        if !whole {
            return;
        }
        if version != account.version || root != account.state {
            let what = format!(
                "it is of version {}; the diffs end at version {version} with the root {root}",
                account.version
            );
            self.problem(Record::Account(*address), what);
        }
        if changes != last_changes {
            let differs = |page: &&PageIndex| changes.get(page) != last_changes.get(page);
            let pages: BTreeSet<_> = changes.keys().chain(last_changes.keys()).filter(differs).copied().collect();
            for page in pages {
                self.problem(Record::Page(*address, page), "it names another last change than the diffs do");
            }
        }
    }

    /// Rule 6.
    fn orphans(&mut self, accounts: &BTreeMap<Address, Account>) {
        for table in [Table::Pages, Table::Blocks, Table::Diffs] {
            match self.store.owners(table) {
                Ok(owners) => {
                    for owner in owners.iter().filter(|owner| !accounts.contains_key(owner)) {
                        self.problem(
                            Record::Account(*owner),
                            format!("it is missing, but there are {} of it", table.name()),
                        );
                    }
                }
                Err(error) => self.error(table, error),
            }
        }
    }
}
