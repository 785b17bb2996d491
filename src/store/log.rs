//! The log: what was recorded of each change of the store, by its moment.
//!
//! ```text
//! log record:  step of the moment before varint ‖ accounts varint ‖ address 20 * ‖ 0, or 1 ‖ receipt ‖ checksum u64
//! ```
//! The accounts are those that changed, in ascending order. With the step before, no record can be lost between two others
//! and not be missed.

use super::codec::{self, DecodeError, Reader, Writer};
use super::{Batch, Moment};
use crate::units::Address;

/// What the log says of one change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LogRecord {
    /// The step of the moment before.
    pub(super) step_before: u32,
    /// The accounts that changed, in ascending order.
    pub(super) accounts: Vec<Address>,
    /// As it was given with the commit.
    pub(super) receipt: Option<Vec<u8>>,
}

impl LogRecord {
    /// What a batch leaves in the log after a moment.
    pub(super) fn of(batch: &Batch<'_>, before: Moment) -> Self {
        let mut accounts: Vec<_> = batch.accounts.iter().map(|(address, ..)| *address).collect();
        accounts.sort_unstable();
        Self { step_before: before.step, accounts, receipt: batch.receipt.clone() }
    }

    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let receipt = self.receipt.as_deref().unwrap_or_default();
        let mut writer = Writer::with_capacity(32 + 20 * self.accounts.len() + receipt.len());
        writer.varint(self.step_before.into()).varint(self.accounts.len() as u64);
        for address in &self.accounts {
            writer.raw(address.as_bytes());
        }
        writer.u8(u8::from(self.receipt.is_some())).raw(receipt);
        writer.seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let step_before = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("step"))?;
        let mut accounts = Vec::new();
        for _ in 0..reader.varint()? {
            accounts.push(Address(reader.array()?));
        }
        if !accounts.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid("order of accounts"));
        }
        let receipt = match reader.u8()? {
            0 => reader.finish().map(|()| None)?,
            1 => Some(reader.rest().to_vec()),
            _ => return Err(DecodeError::Invalid("kind")),
        };
        Ok(Self { step_before, accounts, receipt })
    }
}
