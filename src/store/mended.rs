//! What was done to a damaged contract so that one can go on with it.

use super::{Account, Moment, Record};

/// What was written anew of a contract: see [`PageStore::mend`](super::PageStore::mend).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mended {
    /// The records, in ascending order. Those that were not there before are among them, and those that should not be.
    pub records: Vec<Record>,
    /// The newest accounts could not be read: balance and nonce are those of this moment.
    pub money_of: Option<Moment>,
    /// The newest account, if the pages are not those of its state and follow from nothing: then nothing is written yet, and
    /// [`commit_afresh`](super::PageStore::commit_afresh) begins with this account.
    pub unsound: Option<Account>,
}

impl Mended {
    /// Whether nothing was damaged.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
