//! Finds the accounts that have problems, and the newest sound state of each.

use std::collections::{BTreeMap, BTreeSet};

use super::checker::Checker;
use super::report::{SoundStorage, Unsound};
use crate::store::scan::{Found, Scan, Table};
use crate::store::{Account, Rebuild, Record, StoreError};
use crate::units::{Address, Version};

impl<S: Scan> Checker<'_, S> {
    /// Lists the unsound accounts. The last step of a check.
    pub(super) fn soundness(&mut self, accounts: &BTreeMap<Address, Account>) {
        let mut touched = std::mem::take(&mut self.unreadable);
        let mut code = BTreeSet::new();
        for problem in &self.report.problems {
            touched.extend(problem.record.address());
            if let Record::Code(hash) = problem.record {
                code.insert(hash);
            }
        }
        let runs_it = |account: &Account| account.code.is_some_and(|runs| code.contains(&runs.hash));
        touched.extend(accounts.iter().filter(|(_, account)| runs_it(account)).map(|(address, _)| *address));
        let is_contract = |address: &&Address| accounts.get(*address).is_some_and(|account| account.code.is_some());
        self.report.sound = self.report.contracts - touched.iter().filter(is_contract).count() as u64;
        for address in touched {
            let storage = match accounts.get(&address) {
                Some(account) if self.sound_states.contains(&address) => SoundStorage::Newest(account.version),
                Some(_) => self.rebuild(address),
                // Without its account its code is unknown.
                None => SoundStorage::Unknown,
            };
            self.report.unsound.push(Unsound { address, storage });
        }
    }

    fn rebuild(&self, address: Address) -> SoundStorage {
        let mut rebuild = Rebuild::new(address);
        let mut is_unbroken = true;
        self.store.scan(Table::Log, None, &mut |found| match found {
            Ok(Found::Diff(owner, diff)) if owner == address => is_unbroken = is_unbroken && rebuild.apply(&diff),
            Err(StoreError::Damaged { record, .. }) if record.address() != Some(address) => {}
            Err(_) => is_unbroken = false,
            Ok(_) => {}
        });
        match rebuild.version() {
            Version(0) => SoundStorage::Unknown,
            version => SoundStorage::ByDiffs(version),
        }
    }
}
