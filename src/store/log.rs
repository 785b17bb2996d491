//! The log: one record for each moment of the store.
//!
//! ```text
//! log record:  step of the moment before varint ‖ last block + 1, or 0, varint ‖ accounts varint ‖ address 20 *
//!              ‖ what follows u8 ‖ [events varint ‖ blocks that each is kept for, or 0, varint *, if 2] ‖ [receipt, if 1]
//!              ‖ checksum u64
//! ```
//! The last block is the newest block up to this moment, so the first commit that names a block is that block. The accounts are
//! those that changed, in ascending order. The step of the moment before reveals a lost record between two others.

use super::codec::{self, DecodeError, Reader, Writer};
use super::{Batch, Moment};
use crate::units::Address;

/// Flags of the byte after the accounts: the parts that follow.
const RECEIPT: u8 = 1;
const EVENTS: u8 = 2;

/// One record of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LogRecord {
    /// The step of the moment before.
    pub(super) step_before: u32,
    /// The newest block.
    pub(super) last_block: Option<u64>,
    /// The accounts that changed, in ascending order.
    pub(super) accounts: Vec<Address>,
    /// The number of blocks for which each event is kept; 0 for an event that never expires.
    pub(super) events: Vec<u64>,
    /// The encoded receipt of the batch.
    pub(super) receipt: Option<Vec<u8>>,
}

impl LogRecord {
    /// Returns the record of a batch. `before` and `last_block` are the newest moment and block before the batch.
    pub(super) fn of(batch: &Batch<'_>, before: Moment, last_block: Option<u64>) -> Self {
        let mut accounts: Vec<_> = batch.accounts.iter().map(|(address, ..)| *address).collect();
        accounts.sort_unstable();
        let last_block = batch.block.or(last_block);
        let events = batch.events.iter().map(|event| event.expires_after).collect();
        Self { step_before: before.step, last_block, accounts, events, receipt: batch.receipt.clone() }
    }

    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let receipt = self.receipt.as_deref().unwrap_or_default();
        let mut writer = Writer::with_capacity(32 + 20 * self.accounts.len() + receipt.len());
        writer.varint(self.step_before.into()).varint(self.last_block.map_or(0, |block| block + 1));
        writer.varint(self.accounts.len() as u64);
        for address in &self.accounts {
            writer.raw(address.as_bytes());
        }
        let receipt_follows = if self.receipt.is_some() { RECEIPT } else { 0 };
        let events_follow = if self.events.is_empty() { 0 } else { EVENTS };
        writer.u8(receipt_follows | events_follow);
        if !self.events.is_empty() {
            writer.varint(self.events.len() as u64);
        }
        for kept in &self.events {
            writer.varint(*kept);
        }
        writer.raw(receipt);
        writer.seal(key)
    }

    /// Decodes only the newest block.
    pub(super) fn decode_last_block(key: &[u8], record: &[u8]) -> Result<Option<u64>, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        reader.varint()?;
        Ok(reader.varint()?.checked_sub(1))
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let step_before = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("step"))?;
        let last_block = reader.varint()?.checked_sub(1);
        let mut accounts = Vec::new();
        for _ in 0..reader.varint()? {
            accounts.push(Address(reader.array()?));
        }
        if !accounts.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid("order of accounts"));
        }
        let follows = reader.u8()?;
        let mut events = Vec::new();
        if follows & EVENTS != 0 {
            for _ in 0..reader.varint()? {
                events.push(reader.varint()?);
            }
        }
        let receipt = match follows & !EVENTS {
            0 => reader.finish().map(|()| None)?,
            RECEIPT => Some(reader.rest().to_vec()),
            _ => return Err(DecodeError::Invalid("kind")),
        };
        Ok(Self { step_before, last_block, accounts, events, receipt })
    }
}
