//! How to go on with a store that has problems: which accounts are touched by them, and what of these is sound.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Found, Record, Scan, Table};
use crate::store::{Account, Rebuild, StoreError};
use crate::units::{Address, Version};

/// An account of which something is wrong. All others are sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsound {
    /// The account.
    pub address: Address,
    /// What of its storage is sound.
    pub storage: SoundStorage,
}

/// The newest state of a contract's storage that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundStorage {
    /// The newest: its pages have the root that the account records. What is wrong lies beside it: in the tree, the history
    /// or the code.
    Newest(Version),
    /// That of a version up to which every diff leads, from the first on, to the root that it names. Something is wrong
    /// with the pages or the account.
    ByDiffs(Version),
    /// None that can be told: pages or account are wrong, and the diffs do not lead there from the first version on.
    Unknown,
}

impl SoundStorage {
    /// The version to go on from or to roll back to.
    pub fn version(self) -> Option<Version> {
        match self {
            Self::Newest(version) | Self::ByDiffs(version) => Some(version),
            Self::Unknown => None,
        }
    }
}

impl<S: Scan> Checker<'_, S> {
    /// Works out what is sound, when everything else is done.
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
                // Nothing says what code it has.
                None => SoundStorage::Unknown,
            };
            self.report.unsound.push(Unsound { address, storage });
        }
    }

    fn rebuild(&self, address: Address) -> SoundStorage {
        let mut rebuild = Rebuild::new(address);
        let mut leads_on = true;
        self.store.scan(Table::Log, None, &mut |found| match found {
            Ok(Found::Diff(owner, diff)) if owner == address => leads_on = leads_on && rebuild.apply(&diff),
            Err(StoreError::Damaged { record, .. }) if record.address() != Some(address) => {}
            Err(_) => leads_on = false,
            Ok(_) => {}
        });
        match rebuild.version() {
            Version(0) => SoundStorage::Unknown,
            version => SoundStorage::ByDiffs(version),
        }
    }
}
