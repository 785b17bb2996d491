//! What contracts emit.

use super::error::Error;
use super::outcome::Stop;
use super::receipt::HaltKind;
use super::receipt_record;
use super::vm::Vm;
use crate::limits::{MAX_EVENT_BYTES, MAX_EVENTS};
use crate::store::{DecodeError, LiveEvent};
use crate::units::{Address, CommitNumber};

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

/// An event, and where it was emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The commit.
    pub commit: CommitNumber,
    /// The newest block then: the one that the commit is, if it is one; 0 if there was none.
    pub block: u64,
    /// The event.
    pub event: Event,
}

impl Vm {
    /// The events that have not expired, of a contract or of all, with a topic or with any, in the order in which they
    /// were emitted. An event expires with the first block whose number is at least that of its own and as many more as
    /// it is kept for. Its receipt has it for ever.
    pub fn events(&self, contract: Option<&Address>, topic: Option<&[u8; 32]>) -> Result<Vec<RecordedEvent>, Error> {
        let wanted = |event: &Event| {
            contract.is_none_or(|contract| event.contract == *contract)
                && topic.is_none_or(|topic| event.topics.contains(topic))
        };
        let mut events = Vec::new();
        for LiveEvent { commit, block, event, .. } in self.shared.store.events()? {
            let unreadable = |problem: DecodeError| Error::ReceiptRecord { commit, reason: problem.to_string() };
            let event = receipt_record::decode_event(&event).map_err(unreadable)?;
            if wanted(&event) {
                events.push(RecordedEvent { commit, block, event });
            }
        }
        Ok(events)
    }
}
