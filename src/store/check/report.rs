//! What a check tells.

use std::fmt;

use crate::store::Record;
use crate::units::{Address, Version};

/// What a check found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// Accounts with code.
    pub contracts: u64,
    /// Those of them of which nothing is wrong.
    pub sound: u64,
    /// Pages that are stored.
    pub pages: u64,
    /// Everything that is wrong; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The accounts that the problems touch, in ascending order, and how to go on with each.
    pub unsound: Vec<Unsound>,
}

/// One thing that is wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub record: Record,
    /// What.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.record, self.what)
    }
}

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
