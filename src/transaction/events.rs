//! The events of a transaction.

use crate::receipt::Event;

/// Events in the order in which they were emitted.
#[derive(Debug, Default)]
pub(super) struct Events {
    events: Vec<Event>,
    /// The data of all events together.
    bytes: usize,
}

impl Events {
    pub(super) fn emit(&mut self, event: Event) {
        self.bytes += event.data.len();
        self.events.push(event);
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns the bytes of the data of all events.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops all but the first `count` events.
    pub(super) fn truncate(&mut self, count: usize) {
        self.bytes -= self.events.iter().skip(count).map(|event| event.data.len()).sum::<usize>();
        self.events.truncate(count);
    }

    pub(super) fn into_vec(self) -> Vec<Event> {
        self.events
    }
}
