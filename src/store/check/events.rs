//! Checks the events that have not expired.

use std::collections::BTreeMap;

use super::checker::Checker;
use super::history::History;
use crate::store::codec::DecodeError;
use crate::store::event::EventName;
use crate::store::log::LogRecord;
use crate::store::scan::{Found, Scan, Table};
use crate::store::{Moment, Record};
use crate::units::CommitNumber;

/// The live events according to the log.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Each with the newest block when it was emitted.
    live: BTreeMap<EventName, u64>,
}

impl Events {
    pub(super) fn log(&mut self, commit: CommitNumber, log: &LogRecord) {
        let block = log.last_block.unwrap_or(0);
        while self.live.first_key_value().is_some_and(|(name, _)| name.expires <= block) {
            self.live.pop_first();
        }
        self.live.extend(EventName::of_commit(commit, block, &log.events).map(|name| (name, block)));
    }
}

impl<S: Scan> Checker<'_, S> {
    /// Checks rule 9.
    pub(super) fn events(&mut self, events: Events, history: &History) {
        let mut live = events.live;
        let is_whole = self.scan(Table::Events, None, |checker, found| {
            let Found::Event(name, block) = found else { return };
            let record = Record::Event(name.commit, name.number);
            match live.remove(&name) {
                Some(emitted) if emitted == block => {}
                Some(emitted) => {
                    checker.problem(record, format!("it names block {block}, but the log names {emitted}"))
                }
                None if history.is_unread(Moment::after(name.commit)) => {}
                None => checker.problem(record, "it should not exist: it has expired or the log does not name it"),
            }
        });
        if is_whole && !history.has_unread() {
            for name in live.keys() {
                self.problem(Record::Event(name.commit, name.number), DecodeError::Missing.to_string());
            }
        }
    }
}
