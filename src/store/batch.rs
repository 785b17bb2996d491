//! The changes of one commit, and the rules that the store verifies before it writes any of them.
//!
//! 1. A commit's number is the head's plus one. Only a commit changes storage, has a receipt or events, or is a block. A block's
//!    number is greater than that of the block before it.
//! 2. Each account before is equal to the recorded one.
//! 3. A contract's state root and version change together: the version grows by one, the state root is that of the contract's
//!    change, and at least one page changes. Every page that is written differs from the recorded one.
//! 4. A world tree belongs to a block, and was computed on the moment that the batch follows.
//! 5. The root of the tree's new nodes is the new state root. Code hashes to its name.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{EventName, NewEvent};
use super::world::WorldChange;
use super::{Account, Moment, StoreError, TreeUpdate, hash};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

/// An atomic change of the store.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The number of this commit, the head's plus one. `None` for a deployment or a funding, which are not commits.
    pub commit: Option<CommitNumber>,
    /// Accounts before and after. `None` before if the account is new. Each address occurs once.
    pub accounts: Vec<(Address, Option<Account>, Account)>,
    /// New code.
    pub code: Option<(CodeHash, &'a [u8])>,
    /// Contracts whose storage changed. Each address occurs once here and once in `accounts`.
    pub contracts: Vec<ContractChange<'a>>,
    /// The block's number, greater than that of the last block; `None` if the commit is not a block.
    pub block: Option<u64>,
    /// The world tree after the block. With `None`, a later block brings the tree up to date. Only with a block.
    pub world: Option<WorldChange>,
    /// The events that contracts emitted, in order. Only with a commit number.
    pub events: Vec<NewEvent>,
    /// The encoded receipt, opaque here. Only with a commit number.
    pub receipt: Option<Vec<u8>>,
}

/// Whether the versions before a batch can be reached from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum History {
    Continued,
    /// Without diffs: nothing is known of the bytes before.
    New,
}

/// The change of one contract's storage in a commit. It makes one new version, which is that of the account after.
#[derive(Debug)]
pub struct ContractChange<'a> {
    /// The contract.
    pub address: Address,
    /// State root before.
    pub before: StateRoot,
    /// State root after.
    pub after: StateRoot,
    /// The changed pages, in ascending order, each once.
    pub pages: Vec<PageWrite<'a>>,
    /// The tree's new nodes, whose root is `after`.
    pub tree: TreeUpdate,
}

/// A page with new content.
#[derive(Debug, Clone, Copy)]
pub struct PageWrite<'a> {
    /// The page's index.
    pub page: PageIndex,
    /// Its new content, which differs from the recorded one.
    pub bytes: &'a PageBytes,
}

impl Batch<'_> {
    /// Returns a contract's version after the batch, or 0 if the batch does not contain the account.
    pub(super) fn version_of(&self, address: &Address) -> Version {
        let account = self.accounts.iter().find(|(account, ..)| account == address);
        account.map_or(Version(0), |(_, _, after)| after.version)
    }

    /// Returns the name of each emitted event, the newest block at that moment, and the event.
    pub(super) fn emitted(&self, last_block: Option<u64>) -> impl Iterator<Item = (EventName, u64, &[u8])> {
        let block = self.block.or(last_block).unwrap_or(0);
        self.events.iter().zip(0..).filter_map(move |(event, number)| {
            let name = EventName::of_commit(self.commit?, block, &[event.expires_after]).next()?;
            Some((EventName { number, ..name }, block, &*event.event))
        })
    }

    /// Verifies the rules at the head of this file against the recorded accounts. Returns the moment that the batch makes.
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
            None if self.block.is_some() => return refused("a block has no commit number", Address::ZERO),
            None if self.receipt.is_some() => return refused("a receipt has no commit number", Address::ZERO),
            None if !self.events.is_empty() => return refused("events have no commit number", Address::ZERO),
            None if !self.contracts.is_empty() => {
                return refused("storage changes have no commit number", self.contracts[0].address);
            }
            _ => {}
        }
        if let Some(given) = self.block
            && (given == u64::MAX || last_block.is_some_and(|last| given <= last))
        {
            return Err(StoreError::BlockOrder { last: last_block, given });
        }
        match &self.world {
            Some(_) if self.block.is_none() => return refused("a world tree has no block", Address::ZERO),
            Some(world) if world.before != head => {
                return refused("a world tree was computed on another moment", Address::ZERO);
            }
            _ => {}
        }
        if self.code.is_some_and(|(hash, code)| hash::code_hash(code) != hash) {
            return refused("the code does not match its hash", Address::ZERO);
        }
        self.verify_accounts(recorded)?;
        match head.followed_by(self.commit) {
            Some(moment) => Ok(moment),
            None => refused("too many deployments and fundings since the last commit", Address::ZERO),
        }
    }

    fn verify_accounts(
        &self,
        mut recorded: impl FnMut(&Address) -> Result<Option<Account>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut contracts = BTreeMap::new();
        for contract in &self.contracts {
            if contracts.insert(contract.address, contract).is_some() {
                return refused("a contract occurs twice", contract.address);
            }
        }
        let mut seen = BTreeSet::new();
        for (address, before, after) in &self.accounts {
            if !seen.insert(*address) {
                return refused("an account occurs twice", *address);
            }
            if recorded(address)? != *before {
                return Err(StoreError::Conflict { address: *address });
            }
            let before = before.clone().unwrap_or_default();
            match contracts.remove(address) {
                Some(change) => change.verify(&before, after)?,
                None if (before.state, before.version) != (after.state, after.version) => {
                    return refused("a state root changes without changed pages", *address);
                }
                None => {}
            }
        }
        match contracts.keys().next() {
            Some(address) => refused("storage changes without a change of the account", *address),
            None => Ok(()),
        }
    }
}

impl ContractChange<'_> {
    fn verify(&self, before: &Account, after: &Account) -> Result<(), StoreError> {
        let reason = if self.before != before.state {
            return Err(StoreError::Conflict { address: self.address });
        } else if self.after != after.state {
            "the state root after differs from that of the account after"
        } else if self.tree.root() != self.after {
            "the tree's root differs from the state root after"
        } else if before.version.0.checked_add(1) != Some(after.version.0) {
            "a change of storage must make exactly one version"
        } else if self.pages.is_empty() {
            "a change of storage has no changed pages"
        } else if !self.pages.is_sorted_by(|a, b| a.page < b.page) {
            "pages must be in ascending order"
        } else if !after.code.is_some_and(|code| self.pages.iter().all(|write| code.max_pages.contains(write.page))) {
            "a page is not below the contract's page limit"
        } else {
            return Ok(());
        };
        refused(reason, self.address)
    }
}

/// Returns the error of a page whose new content is the recorded one.
pub(super) fn unchanged(address: Address) -> StoreError {
    StoreError::InvalidBatch { reason: "a changed page has no changed bytes", address }
}

fn refused<T>(reason: &'static str, address: Address) -> Result<T, StoreError> {
    Err(StoreError::InvalidBatch { reason, address })
}
