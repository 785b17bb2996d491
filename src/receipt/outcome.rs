//! The outcome of a transaction.

use std::fmt;

use super::event::Event;
use super::status::Status;
use super::value::Value;
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version};

/// The outcome of a transaction. A failure of a contract is a value, not an error.
///
/// It is the same, byte for byte, under every pager and on every host. What differs between them is in the
/// [`Trace`](super::Trace).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "super::document::ReceiptDocument", try_from = "super::document::ReceiptDocument")
)]
#[must_use = "only the receipt says whether the call reverted or halted"]
pub struct Receipt {
    /// How the top-level call ended.
    pub status: Status,
    /// The number of the commit; `None` if the transaction was not committed.
    pub commit: Option<CommitNumber>,
    /// The results of the export.
    pub results: Vec<Value>,
    /// The output that the contract passed to `return` or `revert`.
    pub output: Vec<u8>,
    /// Gas used; a call that halts uses all its gas.
    pub gas_used: Gas,
    /// Every contract that was called, in order of the first call.
    pub contracts: Vec<TouchedContract>,
    /// The emitted events, in order, without those of failed calls.
    pub events: Vec<Event>,
    /// The log texts. Bytes that are not UTF-8 are replaced.
    pub logs: Vec<String>,
}

/// The effects of a transaction on one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TouchedContract {
    /// The address of the contract.
    pub address: Address,
    /// State root before; `None` in a block, which computes state roots once, at its end.
    pub state_before: Option<StateRoot>,
    /// State root after the transaction, committed or, in a dry run, only computed; `None` in a block.
    pub state_after: Option<StateRoot>,
    /// Version after the transaction.
    pub version: Version,
    /// Number of pages whose bytes changed.
    pub pages_changed: u32,
}

/// A transaction that did not return, as an error for callers that require success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(
    /// The receipt of the call that did not return.
    pub Box<Receipt>,
);

impl Receipt {
    /// Returns true if the call returned, so that its effects are kept.
    pub fn is_returned(&self) -> bool {
        self.status == Status::Returned
    }

    /// Returns the receipt if the call returned, for use with `?`.
    ///
    /// # Errors
    /// Returns the receipt as an error if the call reverted or halted.
    pub fn into_result(self) -> Result<Self, Failed> {
        if self.is_returned() { Ok(self) } else { Err(Failed(Box::new(self))) }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.status {
            Status::Halted(halt) => write!(f, "the call halted, {halt}"),
            Status::Reverted if self.0.output.is_empty() => f.write_str("the call reverted"),
            status => write!(f, "the call {}: 0x{}", status.name(), const_hex::encode(&self.0.output)),
        }
    }
}

impl std::error::Error for Failed {}
