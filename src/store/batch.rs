//! What one commit does to the store.

use super::{Account, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot};

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

/// Bytes of a page that changed, as old XOR new: the same record leads in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where in the page.
    pub offset: u16,
    /// Old XOR new, first and last byte not zero.
    pub xor: Vec<u8>,
}
