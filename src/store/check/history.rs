//! What the log, the diffs and the marks say, for the accounts and the pages to be compared with.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{DiffRecord, Mark, Moment};
use crate::units::{Address, CommitNumber, PageIndex, StateRoot, Version};

/// What the log says.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The accounts that moments changed; with the version and state that a diff says came of it.
    pub(super) made: BTreeMap<(Address, Moment), Option<(Version, StateRoot)>>,
    pub(super) chains: BTreeMap<Address, Chain>,
    pub(super) marks: BTreeMap<Address, Mark>,
    /// Contracts with a diff that cannot be read.
    pub(super) broken: BTreeSet<Address>,
    /// Moments whose log record cannot be read: which accounts they changed is not known.
    pub(super) unread: BTreeSet<Moment>,
}

impl History {
    /// Whether what is kept of an account begins after a moment.
    pub(super) fn begins_after(&self, address: &Address, moment: Moment) -> bool {
        self.marks.get(address).is_some_and(|mark| mark.moment > moment)
    }

    /// Whether it is not known what a moment did.
    pub(super) fn is_unread(&self, moment: Moment) -> bool {
        self.unread.contains(&moment)
    }

    /// Whether it is not known what some moment did.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }
}

/// The diffs of one contract, one after another.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// What the first one begins with.
    pub(super) first: (Version, StateRoot),
    pub(super) version: Version,
    pub(super) root: StateRoot,
    /// The last change of each page.
    pub(super) changes: BTreeMap<PageIndex, CommitNumber>,
    /// Changes that say that the page had changed before the first diff: which, and when.
    pub(super) earlier: Vec<(CommitNumber, PageIndex, CommitNumber)>,
}

impl Chain {
    pub(super) fn beginning_with(diff: &DiffRecord) -> Self {
        let first = (Version(diff.version.0.saturating_sub(1)), diff.before);
        Self { first, version: first.0, root: first.1, ..Self::default() }
    }
}
