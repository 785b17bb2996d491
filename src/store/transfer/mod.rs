//! Diffs that stand for themselves: applied, inverted, merged, and carried from one store to another.
//!
//! ```text
//!  DiffRecord of a store ──► Diff ──► DiffFile ──► bytes ──► DiffFile ──► Diff ──► applied to pages
//!                             └── inverted, merged
//! ```

mod file;

use std::collections::BTreeMap;

pub use file::{CarriedContract, DiffFile};

use super::diff::{Run, are_well_formed, runs_between};
use super::hash::ZERO_PAGE;
use super::{DiffRecord, apply};
use crate::limits::MAX_STORAGE_PAGES;
use crate::units::{Address, PageBytes, PageIndex, StateRoot, Version};

/// How the storage of a contract gets from one version to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The contract.
    pub contract: Address,
    /// The version that it can be applied to.
    pub from: Version,
    /// The version that comes of it.
    pub to: Version,
    /// The state that it can be applied to.
    pub before: StateRoot,
    /// The state that comes of it.
    pub after: StateRoot,
    /// The pages that differ, in ascending order.
    pub pages: Vec<PageRuns>,
}

/// How one page differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRuns {
    /// Which page.
    pub page: PageIndex,
    /// The bytes that differ: ascending, apart from each other.
    pub runs: Vec<Run>,
}

/// Pages of a contract, by their indexes.
pub type Pages = BTreeMap<PageIndex, Box<PageBytes>>;

/// A diff that does not fit what it was to be applied to, or another diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// It is another contract's.
    #[error("it is a diff of the contract {found}, not of {expected}")]
    Contract {
        /// The contract at hand.
        expected: Address,
        /// That of the diff.
        found: Address,
    },
    /// It is missing, doubled, or out of order.
    #[error("it begins with version {found} where version {expected} is reached")]
    Version {
        /// The version at hand.
        expected: Version,
        /// The one that the diff begins with.
        found: Version,
    },
    /// It was made from another state.
    #[error("it begins with the state {found} where the state is {expected}")]
    Before {
        /// The state at hand.
        expected: StateRoot,
        /// The one that the diff begins with.
        found: StateRoot,
    },
    /// What comes of it is not what it says.
    #[error("it leads to the state {found}, and says that it leads to {expected}")]
    After {
        /// The state that the diff names.
        expected: StateRoot,
        /// The one that its bytes lead to.
        found: StateRoot,
    },
    /// It changes a page that the contract cannot have.
    #[error("it changes page {0}, which is not below the contract's page limit")]
    PageLimit(PageIndex),
    /// Its pages or runs are not in order, or leave a page, or are empty.
    #[error("its pages and runs are not in order, apart from each other, and within their pages")]
    Malformed,
    /// It does not lead from a version to the next one.
    #[error("it leads from version {from} to version {to}, which is not the next one")]
    NotOneVersion {
        /// Where it begins.
        from: Version,
        /// Where it ends.
        to: Version,
    },
}

impl Diff {
    /// The diff that a store has recorded of a contract.
    pub fn of_record(contract: Address, record: DiffRecord) -> Self {
        let DiffRecord { version, before, after, pages, .. } = record;
        let page = |change: super::PageChange| PageRuns { page: change.page, runs: change.runs };
        let from = Version(version.0.saturating_sub(1));
        Self { contract, from, to: version, before, after, pages: pages.into_iter().map(page).collect() }
    }

    /// The way back.
    pub fn inverted(self) -> Self {
        Self { from: self.to, to: self.from, before: self.after, after: self.before, ..self }
    }

    /// One diff for this and the one that follows it.
    pub fn merged(&self, next: &Self) -> Result<Self, Misfit> {
        next.fits(self.contract, self.to, self.after)?;
        self.verify_form()?;
        next.verify_form()?;
        let mut sums: Pages = BTreeMap::new();
        for PageRuns { page, runs } in self.pages.iter().chain(&next.pages) {
            apply(runs, sums.entry(*page).or_insert_with(|| Box::new(ZERO_PAGE))).map_err(|_| Misfit::Malformed)?;
        }
        let runs = |(page, sum): (PageIndex, Box<PageBytes>)| PageRuns { page, runs: runs_between(&ZERO_PAGE, &sum) };
        let mut pages: Vec<_> = sums.into_iter().map(runs).collect();
        pages.retain(|page| !page.runs.is_empty());
        Ok(Self { to: next.to, after: next.after, pages, ..*self })
    }

    /// Changes pages from the one version to the other. Pages that are not among them are zero. If it does not fit,
    /// nothing changes.
    pub fn apply(&self, pages: &mut Pages) -> Result<(), Misfit> {
        self.verify_form()?;
        for PageRuns { page, runs } in &self.pages {
            let bytes = pages.entry(*page).or_insert_with(|| Box::new(ZERO_PAGE));
            apply(runs, bytes).map_err(|_| Misfit::Malformed)?;
        }
        Ok(())
    }

    /// Whether it can be applied to a version of a contract.
    pub fn fits(&self, contract: Address, version: Version, state: StateRoot) -> Result<(), Misfit> {
        if self.contract != contract {
            return Err(Misfit::Contract { expected: contract, found: self.contract });
        }
        if self.from != version {
            return Err(Misfit::Version { expected: version, found: self.from });
        }
        if self.before != state {
            return Err(Misfit::Before { expected: state, found: self.before });
        }
        Ok(())
    }

    fn verify_form(&self) -> Result<(), Misfit> {
        let ordered = self.pages.is_sorted_by(|a, b| a.page < b.page);
        let formed = |page: &PageRuns| !page.runs.is_empty() && are_well_formed(&page.runs);
        if !ordered || !self.pages.iter().all(formed) {
            return Err(Misfit::Malformed);
        }
        match self.pages.last().filter(|last| last.page.0 >= MAX_STORAGE_PAGES.0) {
            Some(last) => Err(Misfit::PageLimit(last.page)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
