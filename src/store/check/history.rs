//! The check of what the log, the diffs and the accounts of all moments say of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Events, World};
use super::{Checker, Record};
use crate::store::scan::{Found, Scan, Table};
use crate::store::{Account, DiffRecord, Mark, Moment, StoreError};
use crate::units::{Address, CommitNumber, PageIndex, StateRoot, Version};

/// What the log says.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The accounts that moments changed; with the version and state that a diff says came of it.
    made: BTreeMap<(Address, Moment), Option<(Version, StateRoot)>>,
    chains: BTreeMap<Address, Chain>,
    marks: BTreeMap<Address, Mark>,
    /// Contracts with a diff that cannot be read.
    broken: BTreeSet<Address>,
    /// Moments whose log record cannot be read: which accounts they changed is not known.
    unread: BTreeSet<Moment>,
    pub(super) world: World,
    pub(super) events: Events,
}

impl History {
    /// The history that belongs to a world tree; nothing is read of it yet.
    pub(super) fn beside(world: World) -> Self {
        Self { world, ..Self::default() }
    }

    /// Whether what is kept of an account begins after a moment.
    pub(super) fn begins_after(&self, address: &Address, moment: Moment) -> bool {
        self.marks.get(address).is_some_and(|mark| mark.moment > moment)
    }

    /// Whether it is not known what a moment did.
    pub(super) fn is_unread(&self, moment: Moment) -> bool {
        self.unread.contains(&moment)
    }

    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }
}

/// The diffs of one contract, one after another.
#[derive(Debug, Default)]
struct Chain {
    /// What the first one begins with.
    first: (Version, StateRoot),
    version: Version,
    root: StateRoot,
    /// The last change of each page.
    changes: BTreeMap<PageIndex, CommitNumber>,
    /// Changes that say that the page had changed before the first diff: which, and when.
    earlier: Vec<(CommitNumber, PageIndex, CommitNumber)>,
}

impl Chain {
    fn beginning_with(diff: &DiffRecord) -> Self {
        let first = (Version(diff.version.0.saturating_sub(1)), diff.before);
        Self { first, version: first.0, root: first.1, ..Self::default() }
    }
}

impl<S: Scan> Checker<'_, S> {
    /// Rules 3 to 5, as far as the log alone tells.
    pub(super) fn log(&mut self, history: &mut History) {
        let mut last = Moment::default();
        let mut last_block = None;
        let store = self.store;
        store.scan(Table::Log, None, &mut |found| match found {
            Ok(Found::Log(moment, log)) => {
                if !last.precedes(moment) || last.step != log.step_before {
                    self.problem(Record::Log(moment), format!("it follows {last}"));
                }
                if log.last_block < last_block {
                    self.problem(Record::Log(moment), "its last block is before that of the moment before");
                }
                (last, last_block) = (moment, log.last_block);
                history.events.log(moment.commit, &log);
                history.made.extend(log.accounts.iter().map(|address| ((*address, moment), None)));
            }
            Ok(Found::Diff(address, diff)) => self.diff(history, address, diff),
            Ok(_) => {}
            Err(error) => {
                match &error {
                    StoreError::Damaged { record: Record::Diff(address, _), .. } => {
                        history.broken.insert(*address);
                        // What the next one follows is not known.
                        history.chains.remove(address);
                    }
                    StoreError::Damaged { record: Record::Log(moment), .. } => {
                        history.unread.insert(*moment);
                        last = *moment;
                    }
                    _ => {}
                }
                self.error(Table::Log, error);
            }
        });
    }

    fn diff(&mut self, history: &mut History, address: Address, diff: DiffRecord) {
        let record = Record::Diff(address, diff.commit);
        let moment = Moment::after(diff.commit);
        match history.made.get_mut(&(address, moment)) {
            Some(made) => *made = Some((diff.version, diff.after)),
            None if history.unread.contains(&moment) => {
                history.made.insert((address, moment), Some((diff.version, diff.after)));
            }
            None => self.problem(record, "the log record of its commit does not name the contract"),
        }
        let chain = history.chains.entry(address).or_insert_with(|| Chain::beginning_with(&diff));
        if Some(diff.version.0) != chain.version.0.checked_add(1) {
            let what = format!("it is of version {} and follows version {}", diff.version, chain.version);
            self.report.problems.push(super::Problem { record, what });
        } else if diff.before != chain.root {
            let what = format!("it begins with the root {}, the one before ended with {}", diff.before, chain.root);
            self.report.problems.push(super::Problem { record, what });
        }
        (chain.version, chain.root) = (diff.version, diff.after);
        for change in diff.pages {
            match chain.changes.insert(change.page, diff.commit) {
                Some(previous) if previous != change.previous => {
                    let what = format!("it says that commit {} changed page {} before", change.previous, change.page);
                    let what = format!("{what}, not {previous}");
                    self.report.problems.push(super::Problem { record, what });
                }
                None if change.previous > CommitNumber(0) => {
                    chain.earlier.push((diff.commit, change.page, change.previous));
                }
                _ => {}
            }
        }
    }

    /// Rules 3 and 4. Returns the newest account of each address.
    pub(super) fn accounts(&mut self, history: &mut History) -> BTreeMap<Address, Account> {
        let mut newest: BTreeMap<Address, Account> = BTreeMap::new();
        let whole = self.scan(Table::Accounts, None, |checker, found| match found {
            Found::Mark(address, mark) => _ = history.marks.insert(address, mark),
            Found::Account(address, moment, account) => {
                history.world.account(&address, moment, &account);
                let before = newest.insert(address, account.clone());
                checker.account(history, (address, moment), &account, before);
            }
            _ => {}
        });
        if whole {
            self.missing_accounts(history);
        }
        self.chains(history, &newest);
        newest
    }

    fn account(
        &mut self,
        history: &mut History,
        (address, moment): (Address, Moment),
        account: &Account,
        before: Option<Account>,
    ) {
        let record = Record::Account(address);
        let mark = history.marks.get(&address);
        if moment > self.head {
            self.problem(record, format!("it is of {moment}; the last is {}", self.head));
        }
        if before.is_none() && mark.is_some_and(|mark| mark.moment != moment) {
            self.problem(record, format!("it begins at {moment}, and not where its history was pruned"));
        }
        // What it should be, and who says so.
        let known = match history.made.remove(&(address, moment)) {
            None if history.unread.contains(&moment) => return,
            None => return self.problem(record, format!("the log of {moment} does not name it")),
            Some(Some(by_diff)) => by_diff,
            Some(None) => match (before, mark) {
                (Some(before), _) => (before.version, before.state),
                (None, Some(mark)) => (mark.version, account.state),
                (None, None) => Default::default(),
            },
        };
        if (account.version, account.state) != known && !history.broken.contains(&address) {
            let (version, state) = known;
            let what = format!("at {moment} it is of version {} with the root {}", account.version, account.state);
            self.problem(record, format!("{what}; its diffs say version {version} and {state}"));
        }
    }

    fn missing_accounts(&mut self, history: &History) {
        for (address, moment) in history.made.keys() {
            if history.marks.get(address).is_none_or(|mark| *moment >= mark.moment) {
                self.problem(Record::Account(*address), format!("as it was at {moment}, it is missing"));
            }
        }
    }

    /// Where each list of diffs begins, and where it ends.
    fn chains(&mut self, history: &History, newest: &BTreeMap<Address, Account>) {
        for (address, chain) in history.chains.iter().filter(|(address, _)| !history.broken.contains(address)) {
            let mark = history.marks.get(address).copied().unwrap_or_default();
            let is_whole =
                chain.first.0 == mark.version && (mark.version > Version(0) || chain.first.1 == StateRoot::ZERO);
            if !is_whole {
                let (version, root) = chain.first;
                let what = format!("its diffs begin after version {version} with the root {root}");
                self.problem(Record::Account(*address), format!("{what}, and not where its history does"));
            }
            let end = newest.get(address).map(|account| (account.version, account.state));
            if end.is_some_and(|end| end != (chain.version, chain.root)) {
                let what = format!("its diffs end at version {} with the root {}", chain.version, chain.root);
                self.problem(Record::Account(*address), what);
            }
            for (commit, page, previous) in &chain.earlier {
                if *previous > mark.moment.commit {
                    let what = format!("it says that commit {previous} changed page {page} before, which did not");
                    self.problem(Record::Diff(*address, *commit), what);
                }
            }
        }
    }

    /// Rule 5, where the lists of changes begin: with the pages.
    pub(super) fn last_changes(
        &mut self,
        address: &Address,
        found: &BTreeMap<PageIndex, CommitNumber>,
        history: &History,
    ) {
        if history.broken.contains(address) {
            return;
        }
        let none = BTreeMap::new();
        let changes = history.chains.get(address).map_or(&none, |chain| &chain.changes);
        let pruned = history.marks.get(address).map_or(CommitNumber(0), |mark| mark.moment.commit);
        for page in changes.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let right = match (changes.get(page), found.get(page)) {
                (Some(last), found) => found == Some(last),
                (None, found) => found.is_some_and(|found| (1..=pruned.0).contains(&found.0)),
            };
            if !right {
                self.problem(Record::Page(*address, *page), "it names another last change than the diffs do");
            }
        }
    }
}
