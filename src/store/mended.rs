//! The outcome of mending a damaged contract.

use super::{Account, Moment, Record};

/// The outcome of [`PageStore::mend`](super::PageStore::mend).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mended {
    /// The records that were rewritten, created or deleted, in ascending order.
    pub records: Vec<Record>,
    /// If the newest account could not be read, the moment from which its balance and nonce were taken.
    pub money_of: Option<Moment>,
    /// The newest account, if its pages are lost: they do not have its state root, and no other records imply them. Nothing is
    /// written in this case; [`commit_new_history`](super::PageStore::commit_new_history) continues from this account.
    pub unsound: Option<Account>,
}

impl Mended {
    /// Returns whether nothing was damaged.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
