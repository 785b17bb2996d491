//! What contracts emit.

use super::outcome::Stop;
use super::receipt::HaltKind;
use crate::limits::{MAX_EVENT_BYTES, MAX_EVENTS};
use crate::units::Address;

/// Topics of an event at most.
pub(crate) const MAX_TOPICS: usize = 4;

/// Something that a contract told the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who emitted it.
    pub contract: Address,
    /// What it can be found by: at most four.
    pub topics: Vec<[u8; 32]>,
    /// The rest.
    pub data: Vec<u8>,
    /// For how many blocks it is kept; 0 for ever.
    pub expires_after: u64,
}

/// The events of a transaction, in order.
#[derive(Debug, Default)]
pub(crate) struct Events {
    events: Vec<Event>,
}

impl Events {
    /// Adds one.
    pub(crate) fn emit(&mut self, event: Event) -> Result<(), Stop> {
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

    /// Takes back all but the first.
    pub(super) fn truncate(&mut self, count: usize) {
        self.events.truncate(count);
    }

    pub(super) fn into_vec(self) -> Vec<Event> {
        self.events
    }
}
