//! What contracts emit.

#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, CommitNumber};

/// Topics of an event at most.
pub(crate) const MAX_TOPICS: usize = 4;

/// Something that a contract told the world.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Who emitted it.
    pub contract: Address,
    /// What it can be found by: at most four.
    #[cfg_attr(feature = "serde", serde(with = "super::document::topics"))]
    pub topics: Vec<[u8; 32]>,
    /// The rest.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub data: Vec<u8>,
    /// For how many blocks it is kept; 0 for ever.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub expires_after: u64,
}

/// An event, and where it was emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedEvent {
    /// The event.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub event: Event,
    /// The commit.
    pub commit: CommitNumber,
    /// The newest block then: the one that the commit is, if it is one; 0 if there was none.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub block: u64,
}
