//! Diffs outside a store: applied, inverted, merged, and carried from one store to another.
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

/// The difference of a contract's storage between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The contract.
    pub contract: Address,
    /// The version to which it applies.
    pub from: Version,
    /// The version to which it leads.
    pub to: Version,
    /// The state root to which it applies.
    pub before: StateRoot,
    /// The state root to which it leads.
    pub after: StateRoot,
    /// The pages that differ, in ascending order.
    pub pages: Vec<PageRuns>,
}

/// The difference of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRuns {
    /// The page's index.
    pub page: PageIndex,
    /// The bytes that differ: runs in ascending order, with a gap between any two.
    pub runs: Vec<Run>,
}

/// Pages of a contract, by their indexes.
pub type Pages = BTreeMap<PageIndex, Box<PageBytes>>;

/// The reason why a diff does not fit a contract, or the diff before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// It belongs to another contract.
    #[error("it is a diff of contract {found}, not of {expected}")]
    Contract {
        /// The contract to which it should apply.
        expected: Address,
        /// The contract of the diff.
        found: Address,
    },
    /// It starts from another version: a diff is missing, duplicated or out of order.
    #[error("it starts from version {found}, not from version {expected}")]
    Version {
        /// The version to which it should apply.
        expected: Version,
        /// The version from which the diff starts.
        found: Version,
    },
    /// It starts from another state.
    #[error("it starts from the state root {found}, not from {expected}")]
    Before {
        /// The state root to which it should apply.
        expected: StateRoot,
        /// The state root from which the diff starts.
        found: StateRoot,
    },
    /// It does not lead to the state that it names.
    #[error("it leads to the state root {found}, not to {expected}, which it names")]
    After {
        /// The state root that the diff names.
        expected: StateRoot,
        /// The state root to which its bytes lead.
        found: StateRoot,
    },
    /// It changes a page at or above the contract's page limit.
    #[error("it changes page {0}, which is not below the contract's page limit")]
    PageLimit(PageIndex),
    /// Its pages or byte runs are empty, out of order or out of range.
    #[error("its pages must ascend, and its byte runs must ascend with gaps between them and lie in their pages")]
    Malformed,
    /// It does not lead to the next version.
    #[error("it leads from version {from} to version {to}, not to the next version")]
    NotOneVersion {
        /// The version from which it starts.
        from: Version,
        /// The version to which it leads.
        to: Version,
    },
}

impl Diff {
    /// Converts a contract's diff record.
    pub fn of_record(contract: Address, record: DiffRecord) -> Self {
        let DiffRecord { version, before, after, pages, .. } = record;
        let page = |change: super::PageChange| PageRuns { page: change.page, runs: change.runs };
        let from = Version(version.0.saturating_sub(1));
        Self { contract, from, to: version, before, after, pages: pages.into_iter().map(page).collect() }
    }

    /// Returns the diff that leads back.
    pub fn inverted(self) -> Self {
        Self { from: self.to, to: self.from, before: self.after, after: self.before, ..self }
    }

    /// Merges this diff and the one that follows it into one.
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

    /// Changes pages from `self.from` to `self.to`. Missing pages are zero. After an error no page has changed.
    pub fn apply(&self, pages: &mut Pages) -> Result<(), Misfit> {
        self.verify_form()?;
        for PageRuns { page, runs } in &self.pages {
            let bytes = pages.entry(*page).or_insert_with(|| Box::new(ZERO_PAGE));
            apply(runs, bytes).map_err(|_| Misfit::Malformed)?;
        }
        Ok(())
    }

    /// Verifies that it applies to a version of a contract.
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
