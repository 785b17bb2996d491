//! The outcome of mending a damaged contract.

use super::{Account, Moment, Record};

/// The outcome of [`PageStore::mend`](super::PageStore::mend).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mended {
    /// The records that were rewritten, created or deleted, in ascending order.
    pub records: Vec<Record>,
    /// Set if the newest account could not be read: its balance and nonce are those of this moment.
    pub money_of: Option<Moment>,
    /// Set if the pages do not have the account's state root and no other records imply them: the newest account. Nothing is
    /// written in this case; [`commit_afresh`](super::PageStore::commit_afresh) continues from this account.
    pub unsound: Option<Account>,
}

impl Mended {
    /// Returns whether nothing was damaged.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
