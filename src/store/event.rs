//! Live events, which have not expired. Each is a record of its own, in the order of expiry. So a listing does not read the
//! log, and a block deletes expired events from the front.
//!
//! ```text
//! live event:  newest block when it was emitted, or 0, varint ‖ event ‖ checksum u64
//! ```
//! An event that never expires has the expiry block 2^64 - 1, which is not a valid block number. Its content is opaque here.

use super::codec::{self, DecodeError, Reader, Writer};
use crate::units::CommitNumber;

/// An event that a commit emits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The number of blocks for which it is kept; 0 for an event that never expires.
    pub expires_after: u64,
    /// The encoded event, opaque here.
    pub event: Vec<u8>,
}

/// An event that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEvent {
    /// The commit that emitted it.
    pub commit: CommitNumber,
    /// Its index among the events of its commit.
    pub number: u32,
    /// The newest block when it was emitted, which is the commit itself if that is a block; 0 if there was no block.
    pub block: u64,
    /// The encoded event of the batch.
    pub event: Vec<u8>,
}

/// The identity of an event. Names sort by expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventName {
    /// The first block that deletes the event.
    pub(super) expires: u64,
    pub(super) commit: CommitNumber,
    pub(super) number: u32,
}

impl EventName {
    /// Returns the names of a commit's events. `block` is the newest block after the commit, and `kept` has the number of blocks
    /// for which each event is kept.
    pub(super) fn of_commit(commit: CommitNumber, block: u64, kept: &[u64]) -> impl Iterator<Item = Self> {
        let expiry = move |after: u64| if after == 0 { u64::MAX } else { block.saturating_add(after) };
        (0..).zip(kept).map(move |(number, after)| Self { expires: expiry(*after), commit, number })
    }

    /// Returns the number of blocks for which it is kept, or 0 if it never expires. `block` is the newest block when it was
    /// emitted.
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
