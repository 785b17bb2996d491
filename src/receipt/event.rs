//! Events that contracts emit.

#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, CommitNumber};

/// Maximum number of topics of an event.
pub(crate) const MAX_TOPICS: usize = 4;

/// An event that a contract emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// The contract that emitted it.
    pub contract: Address,
    /// Up to four topics, by which events can be filtered.
    #[cfg_attr(feature = "serde", serde(with = "super::document::topics"))]
    pub topics: Vec<[u8; 32]>,
    /// The data.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub data: Vec<u8>,
    /// The number of blocks after which it expires; 0 for never.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub expires_after: u64,
}

/// An event with its commit and block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedEvent {
    /// The event itself.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub event: Event,
    /// The commit that recorded it.
    pub commit: CommitNumber,
    /// The block of this commit, or the last block before it; 0 if there was no block yet.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub block: u64,
}
