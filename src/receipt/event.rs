//! What contracts emit.

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

/// An event, and where it was emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The event.
    pub event: Event,
    /// The commit.
    pub commit: CommitNumber,
    /// The newest block then: the one that the commit is, if it is one; 0 if there was none.
    pub block: u64,
}
