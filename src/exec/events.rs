//! What contracts emit.

use super::block::{Recorded, recorded};
use super::error::Error;
use super::outcome::Stop;
use super::receipt::HaltKind;
use super::vm::Vm;
use crate::limits::{MAX_EVENT_BYTES, MAX_EVENTS};
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
        let snapshot = self.shared.store.snapshot()?;
        let head = snapshot.head()?;
        let now = snapshot.last_block(head)?.unwrap_or(0);
        let wanted = |event: &Event| {
            contract.is_none_or(|contract| event.contract == *contract)
                && topic.is_none_or(|topic| event.topics.contains(topic))
        };
        let mut events = Vec::new();
        for commit in (1..=head.0).map(CommitNumber) {
            let receipts = match recorded(&*snapshot, commit)? {
                Some(Recorded::Call(receipt)) => vec![receipt],
                Some(Recorded::Block(block)) => block.receipts,
                None => continue,
            };
            let emitted = receipts.into_iter().flat_map(|receipt| receipt.events).filter(wanted);
            let mut emitted = emitted.peekable();
            if emitted.peek().is_none() {
                continue;
            }
            let block = snapshot.last_block(commit)?.unwrap_or(0);
            let is_kept = |event: &Event| event.expires_after == 0 || now < block.saturating_add(event.expires_after);
            events.extend(emitted.filter(is_kept).map(|event| RecordedEvent { commit, block, event }));
        }
        Ok(events)
    }
}
