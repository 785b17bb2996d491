//! What one commit does to the store, and the rules it is held to before anything is written.
//!
//! 1. A commit's number is one more than the head's. Only a commit changes storage, has a receipt or events, or is a block, whose
//!    number is above that of the block before.
//! 2. Every account is still as the batch says it was.
//! 3. A contract's state and version change together: the version by one, the state as the contract's change says, and
//!    only through pages that changed.
//! 4. A world tree belongs to a block, and is of the moment that the batch follows on.
//! 5. The tree's new nodes have the new state as their root, and code hashes to its name.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{self, Run};
use super::event::{EventName, NewEvent};
use super::world::WorldChange;
use super::{Account, Moment, StoreError, TreeUpdate, hash};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

/// A change of the store that happens whole or not at all.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The number of this commit, one more than the head; nothing for a deployment or a funding, which are not commits.
    pub commit: Option<CommitNumber>,
    /// Accounts before (nothing: there was none) and after. Each address once.
    pub accounts: Vec<(Address, Option<Account>, Account)>,
    /// New code.
    pub code: Option<(CodeHash, &'a [u8])>,
    /// Contracts whose storage changed. Each address once, with its account among `accounts` too.
    pub contracts: Vec<ContractChange<'a>>,
    /// The number of the block that the commit is, above that of the last one; nothing for a commit that is none.
    pub block: Option<u64>,
    /// The world tree after it; without one, a later block brings the tree up to date. Only with a block.
    pub world: Option<WorldChange>,
    /// What contracts emitted, in order. Only with a commit number.
    pub events: Vec<NewEvent>,
    /// What to record of the commit, opaque here. Only with a commit number.
    pub receipt: Option<Vec<u8>>,
}

/// How a commit changes one contract's storage. It makes one new version: that of the account after.
#[derive(Debug)]
pub struct ContractChange<'a> {
    /// The contract.
    pub address: Address,
    /// State before.
    pub before: StateRoot,
    /// State after.
    pub after: StateRoot,
    /// The pages, in ascending order, each once.
    pub pages: Vec<PageWrite<'a>>,
    /// The tree's new nodes, as worked out together with `after`.
    pub tree: TreeUpdate,
}

/// A page with new content.
#[derive(Debug, Clone)]
pub struct PageWrite<'a> {
    /// Which page.
    pub page: PageIndex,
    /// Its content now.
    pub bytes: &'a PageBytes,
    /// How it differs from before: not empty, ascending, apart from each other.
    pub runs: Vec<Run>,
}

impl Batch<'_> {
    /// The version that the batch makes of a contract; of one that is not in it, 0.
    pub(super) fn version_of(&self, address: &Address) -> Version {
        let account = self.accounts.iter().find(|(account, ..)| account == address);
        account.map_or(Version(0), |(_, _, after)| after.version)
    }

    /// What the batch emits: the name of each event, the newest block, and the event.
    pub(super) fn emitted(&self, last_block: Option<u64>) -> impl Iterator<Item = (EventName, u64, &[u8])> {
        let block = self.block.or(last_block).unwrap_or(0);
        self.events.iter().zip(0..).filter_map(move |(event, number)| {
            let name = EventName::of_commit(self.commit?, block, &[event.expires_after]).next()?;
            Some((EventName { number, ..name }, block, &*event.event))
        })
    }

    /// Checks the rules at the head of this file against what is recorded. Returns the moment that the batch makes.
    pub(super) fn verify(
        &self,
        head: Moment,
        last_block: Option<u64>,
        recorded: impl FnMut(&Address) -> Result<Option<Account>, StoreError>,
    ) -> Result<Moment, StoreError> {
        match self.commit {
            Some(given) if head.commit.0.checked_add(1) != Some(given.0) => {
                return Err(StoreError::CommitOrder { head: head.commit, given });
            }
            None if self.block.is_some() => return refused("a block without a commit number", Address::ZERO),
            None if self.receipt.is_some() => return refused("a receipt without a commit number", Address::ZERO),
            None if !self.events.is_empty() => return refused("events without a commit number", Address::ZERO),
            None if !self.contracts.is_empty() => {
                return refused("storage changes without a commit number", self.contracts[0].address);
            }
            _ => {}
        }
        if let Some(given) = self.block
            && (given == u64::MAX || last_block.is_some_and(|last| given <= last))
        {
            return Err(StoreError::BlockOrder { last: last_block, given });
        }
        match &self.world {
            Some(_) if self.block.is_none() => return refused("a world tree without a block", Address::ZERO),
            Some(world) if world.before != head => return refused("a world tree of another moment", Address::ZERO),
            _ => {}
        }
        if self.code.is_some_and(|(hash, code)| hash::code_hash(code) != hash) {
            return refused("the code does not hash to its name", Address::ZERO);
        }
        self.verify_accounts(recorded)?;
        match head.followed_by(self.commit) {
            Some(moment) => Ok(moment),
            None => refused("no more deployments and fundings fit between two commits", Address::ZERO),
        }
    }

    fn verify_accounts(
        &self,
        mut recorded: impl FnMut(&Address) -> Result<Option<Account>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut contracts = BTreeMap::new();
        for contract in &self.contracts {
            if contracts.insert(contract.address, contract).is_some() {
                return refused("a contract is in it twice", contract.address);
            }
        }
        let mut seen = BTreeSet::new();
        for (address, before, after) in &self.accounts {
            if !seen.insert(*address) {
                return refused("an account is in it twice", *address);
            }
            if recorded(address)? != *before {
                return Err(StoreError::Conflict { address: *address });
            }
            let before = before.clone().unwrap_or_default();
            match contracts.remove(address) {
                Some(change) => change.verify(&before, after)?,
                None if (before.state, before.version) != (after.state, after.version) => {
                    return refused("a state changes without its pages", *address);
                }
                None => {}
            }
        }
        match contracts.keys().next() {
            Some(address) => refused("storage changes without the account", *address),
            None => Ok(()),
        }
    }
}

impl ContractChange<'_> {
    fn verify(&self, before: &Account, after: &Account) -> Result<(), StoreError> {
        let reason = if self.before != before.state {
            return Err(StoreError::Conflict { address: self.address });
        } else if self.after != after.state {
            "the state after is not that of the account after"
        } else if self.tree.root() != self.after {
            "the tree does not have the state after as its root"
        } else if before.version.0.checked_add(1) != Some(after.version.0) {
            "a change of storage makes exactly one version"
        } else if self.pages.is_empty() || self.pages.iter().any(|write| write.runs.is_empty()) {
            "a change of storage without changed bytes"
        } else if !self.pages.iter().all(|write| diff::are_well_formed(&write.runs)) {
            "runs are not in order, apart from each other, in their page, and free of zeros at their ends"
        } else if !self.pages.is_sorted_by(|a, b| a.page < b.page) {
            "pages are not in ascending order"
        } else if !after.code.is_some_and(|code| self.pages.iter().all(|write| code.max_pages.contains(write.page))) {
            "a page at or above the contract's page limit"
        } else {
            return Ok(());
        };
        refused(reason, self.address)
    }
}

fn refused<T>(reason: &'static str, address: Address) -> Result<T, StoreError> {
    Err(StoreError::InvalidBatch { reason, address })
}
