//! The history according to the log, the diffs and the history starts, with which accounts and pages are compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{DiffRecord, Mark, Moment};
use crate::units::{Address, CommitNumber, PageIndex, StateRoot, Version};

/// The history of all accounts.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The accounts that each moment changed, with the version and state root of the diff if the moment has one.
    pub(super) made: BTreeMap<(Address, Moment), Option<(Version, StateRoot)>>,
    pub(super) chains: BTreeMap<Address, Chain>,
    pub(super) marks: BTreeMap<Address, Mark>,
    /// Contracts with an unreadable diff.
    pub(super) broken: BTreeSet<Address>,
    /// Moments whose log record is unreadable, so that their accounts are unknown.
    pub(super) unread: BTreeSet<Moment>,
}

impl History {
    /// Returns whether an account's history start is later than a moment.
    pub(super) fn begins_after(&self, address: &Address, moment: Moment) -> bool {
        self.marks.get(address).is_some_and(|mark| mark.moment > moment)
    }

    /// Returns whether the log record of a moment is unreadable.
    pub(super) fn is_unread(&self, moment: Moment) -> bool {
        self.unread.contains(&moment)
    }

    /// Returns whether any log record is unreadable.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }
}

/// The chain of diffs of one contract, up to the newest diff that was read.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// The version and state root before the first diff.
    pub(super) first: (Version, StateRoot),
    pub(super) version: Version,
    pub(super) root: StateRoot,
    /// The last change of each page.
    pub(super) changes: BTreeMap<PageIndex, CommitNumber>,
    /// Changes of pages that name a previous change before the first diff: commit, page and previous commit.
    pub(super) earlier: Vec<(CommitNumber, PageIndex, CommitNumber)>,
}

impl Chain {
    pub(super) fn beginning_with(diff: &DiffRecord) -> Self {
        let first = (Version(diff.version.0.saturating_sub(1)), diff.before);
        Self { first, version: first.0, root: first.1, ..Self::default() }
    }
}
