//! What was done to a damaged contract so that one can go on with it.

use super::{Moment, Record};

/// What was written anew of a contract: see [`PageStore::mend`](super::PageStore::mend).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The records, in ascending order. Those that were not there before are among them, and those that should not be.
    pub records: Vec<Record>,
    /// The newest accounts could not be read: balance and nonce are those of this moment.
    pub money_of: Option<Moment>,
    /// Whether the pages are those of the recorded state.
    pub newest_is_sound: bool,
}

impl Default for Mended {
    /// Nothing was damaged.
    fn default() -> Self {
        Self { records: Vec::new(), money_of: None, newest_is_sound: true }
    }
}

impl Mended {
    /// Whether nothing was damaged.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
