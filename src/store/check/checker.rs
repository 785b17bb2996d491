//! The state that all parts of a check share: the store, the report so far, and intermediate results.

use std::collections::BTreeSet;

use super::report::{CheckReport, Problem};
use crate::store::scan::{Found, Scan, Table};
use crate::store::{Moment, Record, StoreError};
use crate::units::Address;

/// A running check of a store.
pub(super) struct Checker<'a, S> {
    pub(super) store: &'a S,
    pub(super) head: Moment,
    pub(super) report: CheckReport,
    /// Contracts whose pages have the recorded state root.
    pub(super) sound_states: BTreeSet<Address>,
    /// Accounts with a record that could not be read.
    pub(super) unreadable: BTreeSet<Address>,
}

impl<'a, S: Scan> Checker<'a, S> {
    pub(super) fn new(store: &'a S) -> Self {
        Self {
            store,
            head: Moment::default(),
            report: CheckReport::default(),
            sound_states: BTreeSet::new(),
            unreadable: BTreeSet::new(),
        }
    }

    pub(super) fn problem(&mut self, record: Record, what: impl Into<String>) {
        self.report.problems.push(Problem { record, what: what.into() });
    }

    pub(super) fn error(&mut self, table: Table, error: StoreError) {
        match error {
            StoreError::Damaged { record, problem } => self.problem(record, problem.to_string()),
            other => self.problem(Record::Table(table.name()), other.to_string()),
        }
    }

    /// Visits the readable records of a kind and reports the others. Returns whether all were readable.
    pub(super) fn scan(
        &mut self,
        table: Table,
        owner: Option<&Address>,
        mut visit: impl FnMut(&mut Self, Found<'_>),
    ) -> bool {
        let mut is_whole = true;
        self.store.scan(table, owner, &mut |found| match found {
            Ok(found) => visit(self, found),
            Err(error) => {
                is_whole = false;
                self.unreadable.extend(owner);
                self.error(table, error);
            }
        });
        is_whole
    }
}
