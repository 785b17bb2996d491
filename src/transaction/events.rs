//! The events of a transaction.

use crate::limits::{MAX_EVENT_BYTES, MAX_EVENTS};
use crate::machine::Stop;
use crate::receipt::{Event, HaltKind};

/// Events in the order in which they were emitted.
#[derive(Debug, Default)]
pub(super) struct Events {
    events: Vec<Event>,
}

impl Events {
    /// Adds an event, within the limits of a transaction.
    pub(super) fn emit(&mut self, event: Event) -> Result<(), Stop> {
        let limit = |what| Stop::halt(HaltKind::Limit, format!("vellum.emit: more than {what} in one transaction"));
        if self.events.len() == MAX_EVENTS {
            return Err(limit(format!("{MAX_EVENTS} events")));
        }
        let bytes: usize = self.events.iter().map(|event| event.data.len()).sum();
        if bytes + event.data.len() > MAX_EVENT_BYTES {
            return Err(limit(format!("{MAX_EVENT_BYTES} bytes of events")));
        }
        self.events.push(event);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Drops all but the first `count` events.
    pub(super) fn truncate(&mut self, count: usize) {
        self.events.truncate(count);
    }

    pub(super) fn into_vec(self) -> Vec<Event> {
        self.events
    }
}
