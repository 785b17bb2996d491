//! Checks the accounts of all moments against the log and the diffs.

use std::collections::BTreeMap;

use super::checker::Checker;
use super::history::History;
use super::world::World;
use crate::store::scan::{Found, Scan, Table};
use crate::store::{Account, Moment, Record};
use crate::units::{Address, StateRoot, Version};

impl<S: Scan> Checker<'_, S> {
    /// Rules 3 and 4. Returns the newest account of each address.
    pub(super) fn accounts(&mut self, history: &mut History, world: &mut World) -> BTreeMap<Address, Account> {
        let mut newest: BTreeMap<Address, Account> = BTreeMap::new();
        let is_whole = self.scan(Table::Accounts, None, |checker, found| match found {
            Found::Mark(address, mark) => _ = history.marks.insert(address, mark),
            Found::Account(address, moment, account) => {
                world.account(&address, moment, &account);
                let before = newest.insert(address, account.clone());
                checker.account(history, address, moment, &account, before);
            }
            _ => {}
        });
        if is_whole {
            self.missing_accounts(history);
        }
        self.chains(history, &newest);
        newest
    }

    fn account(
        &mut self,
        history: &mut History,
        address: Address,
        moment: Moment,
        account: &Account,
        before: Option<Account>,
    ) {
        let record = Record::Account(address);
        let mark = history.marks.get(&address);
        if moment > self.head {
            self.problem(record, format!("it names {moment}, and the newest moment is {}", self.head));
        }
        if before.is_none() && mark.is_some_and(|mark| mark.moment != moment) {
            self.problem(record, format!("its oldest record is of {moment}, not of its history start"));
        }
        // Its version and state root, from its diff or from the account before.
        let known = match history.made.remove(&(address, moment)) {
            None if history.is_unread(moment) => return,
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
            let what =
                format!("at {moment} it is of version {} with the state root {}", account.version, account.state);
            self.problem(record, format!("{what}; its diffs lead to version {version} and {state}"));
        }
    }

    fn missing_accounts(&mut self, history: &History) {
        for (address, moment) in history.made.keys() {
            if history.marks.get(address).is_none_or(|mark| *moment >= mark.moment) {
                self.problem(Record::Account(*address), format!("its record of {moment} is missing"));
            }
        }
    }

    /// Checks the first and the last version of each contract's chain of diffs.
    fn chains(&mut self, history: &History, newest: &BTreeMap<Address, Account>) {
        for (address, chain) in history.chains.iter().filter(|(address, _)| !history.broken.contains(address)) {
            let mark = history.marks.get(address).copied().unwrap_or_default();
            let is_whole =
                chain.first.0 == mark.version && (mark.version > Version(0) || chain.first.1 == StateRoot::ZERO);
            if !is_whole {
                let (version, root) = chain.first;
                let what = format!("its diffs begin after version {version} with the state root {root}");
                self.problem(Record::Account(*address), format!("{what}, not at its history start"));
            }
            let end = newest.get(address).map(|account| (account.version, account.state));
            if end.is_some_and(|end| end != (chain.version, chain.root)) {
                let what = format!("its diffs end at version {} with the state root {}", chain.version, chain.root);
                self.problem(Record::Account(*address), what);
            }
            for (commit, page, previous) in &chain.earlier {
                if *previous > mark.moment.commit {
                    let what = format!("it names commit {previous} as the previous change of page {page}");
                    self.problem(Record::Diff(*address, *commit), format!("{what}, but that commit did not change it"));
                }
            }
        }
    }
}
