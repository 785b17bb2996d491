//! Checks the log and the diffs against each other.

use super::checker::Checker;
use super::events::Events;
use super::history::{Chain, History};
use crate::store::scan::{Found, Scan, Table};
use crate::store::{DiffRecord, Moment, Record, StoreError};
use crate::units::{Address, CommitNumber};

impl<S: Scan> Checker<'_, S> {
    /// Checks rules 3 to 5 for the log and the diffs.
    pub(super) fn log(&mut self, history: &mut History, events: &mut Events) {
        let mut last = Moment::default();
        let mut last_block = None;
        let store = self.store;
        store.scan(Table::Log, None, &mut |found| match found {
            Ok(Found::Log(moment, log)) => {
                if !last.precedes(moment) || last.step != log.step_before {
                    self.problem(Record::Log(moment), format!("it follows {last}"));
                }
                if log.last_block < last_block {
                    self.problem(Record::Log(moment), "its last block is less than that of the previous moment");
                }
                (last, last_block) = (moment, log.last_block);
                events.log(moment.commit, &log);
                history.made.extend(log.accounts.iter().map(|address| ((*address, moment), None)));
            }
            Ok(Found::Diff(address, diff)) => self.diff(history, address, diff),
            Ok(_) => {}
            Err(error) => {
                match &error {
                    StoreError::Damaged { record: Record::Diff(address, _), .. } => {
                        history.broken.insert(*address);
                        // The state before the next diff is unknown.
                        history.chains.remove(address);
                    }
                    StoreError::Damaged { record: Record::Log(moment), .. } => {
                        history.unread.insert(*moment);
                        last = *moment;
                    }
                    _ => {}
                }
                self.error(Table::Log, error);
            }
        });
    }

    fn diff(&mut self, history: &mut History, address: Address, diff: DiffRecord) {
        let record = Record::Diff(address, diff.commit);
        let moment = Moment::after(diff.commit);
        match history.made.get_mut(&(address, moment)) {
            Some(made) => *made = Some((diff.version, diff.after)),
            None if history.unread.contains(&moment) => {
                history.made.insert((address, moment), Some((diff.version, diff.after)));
            }
            None => self.problem(record, "the log record of its commit does not name the contract"),
        }
        let chain = history.chains.entry(address).or_insert_with(|| Chain::beginning_with(&diff));
        if Some(diff.version.0) != chain.version.0.checked_add(1) {
            let what = format!("it makes version {} and follows version {}", diff.version, chain.version);
            self.problem(record, what);
        } else if diff.before != chain.root {
            let what = format!(
                "it starts from the state root {}, but the previous diff ends with {}",
                diff.before, chain.root
            );
            self.problem(record, what);
        }
        (chain.version, chain.root) = (diff.version, diff.after);
        for change in diff.pages {
            match chain.changes.insert(change.page, diff.commit) {
                Some(previous) if previous != change.previous => {
                    let what =
                        format!("it names commit {} as the previous change of page {}", change.previous, change.page);
                    let what = format!("{what}, not commit {previous}");
                    self.problem(record, what);
                }
                None if change.previous > CommitNumber(0) => {
                    chain.earlier.push((diff.commit, change.page, change.previous));
                }
                _ => {}
            }
        }
    }
}
