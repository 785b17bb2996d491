//! Events that no block has passed: records of their own, in the order in which they expire, so that listing them reads
//! no log and a block drops those that it passes from the front.
//!
//! ```text
//! live event:  newest block when it was emitted, or 0, varint ‖ event ‖ checksum u64
//! ```
//! An event that is kept for ever expires with block 2^64 - 1, which there is not. What an event says is opaque here.

use super::codec::{self, DecodeError, Reader, Writer};
use crate::units::CommitNumber;

/// An event that a commit emits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// For how many blocks it is kept; 0 for ever.
    pub expires_after: u64,
    /// The event, opaque here.
    pub event: Vec<u8>,
}

/// An event that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEvent {
    /// The commit that emitted it.
    pub commit: CommitNumber,
    /// Which of the events of its commit it is.
    pub number: u32,
    /// The newest block then: the one that the commit is, if it is one; 0 if there was none.
    pub block: u64,
    /// As it was given with the commit.
    pub event: Vec<u8>,
}

/// What an event is known by, in the order in which they expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventName {
    /// The first block number that it is not listed after.
    pub(super) expires: u64,
    pub(super) commit: CommitNumber,
    pub(super) number: u32,
}

impl EventName {
    /// The names of a commit's events, given the newest block after it and for how many blocks each is kept.
    pub(super) fn of_commit(commit: CommitNumber, block: u64, kept: &[u64]) -> impl Iterator<Item = Self> {
        let expiry = move |after: u64| if after == 0 { u64::MAX } else { block.saturating_add(after) };
        (0..).zip(kept).map(move |(number, after)| Self { expires: expiry(*after), commit, number })
    }

    /// For how many blocks it is kept, given the newest block when it was emitted; 0 for ever.
    pub(super) fn kept_from(&self, block: u64) -> u64 {
        if self.expires == u64::MAX { 0 } else { self.expires.saturating_sub(block) }
    }
}

impl LiveEvent {
    pub(super) fn encode(key: &[u8], block: u64, event: &[u8]) -> Vec<u8> {
        Writer::with_capacity(18 + event.len()).varint(block).raw(event).seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8], name: EventName) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let block = reader.varint()?;
        Ok(Self { commit: name.commit, number: name.number, block, event: reader.rest().to_vec() })
    }
}
