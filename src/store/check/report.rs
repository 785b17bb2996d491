//! The report of a check.

use std::fmt;

use crate::store::Record;
use crate::units::{Address, Version};

/// The result of a check.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// Accounts with code.
    pub contracts: u64,
    /// Contracts without problems.
    pub sound: u64,
    /// Stored pages.
    pub pages: u64,
    /// All problems; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The accounts that have problems, in ascending order, with the newest sound state of each.
    pub unsound: Vec<Unsound>,
}

/// One problem of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The record that has it.
    pub record: Record,
    /// Its description.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.record, self.what)
    }
}

/// An account that has problems. All others are sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsound {
    /// The account.
    pub address: Address,
    /// The newest sound state of its storage.
    pub storage: SoundStorage,
}

/// The newest sound state of a contract's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundStorage {
    /// The newest state is sound: its pages have the recorded state root. The problems are in the tree, the history or the code.
    Newest(Version),
    /// The pages or the account have problems. The state of this version is sound: every diff up to it, from the first on, leads
    /// to the state root that it names.
    ByDiffs(Version),
    /// The pages or the account have problems, and no diffs lead on from the first version.
    Unknown,
}

impl SoundStorage {
    /// Returns the newest sound version, from which to continue or to which to roll back.
    pub fn version(self) -> Option<Version> {
        match self {
            Self::Newest(version) | Self::ByDiffs(version) => Some(version),
            Self::Unknown => None,
        }
    }
}
