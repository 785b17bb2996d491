//! What came of a transaction.

use std::fmt;

use super::event::Event;
use super::status::Status;
use super::value::Value;
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version};

/// The outcome of a transaction, whatever it was: a contract's failure is a value, not an error.
///
/// It is the same, byte for byte, under every pager, on every host. What is not is in the [`Trace`](super::Trace).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "super::document::ReceiptDocument", try_from = "super::document::ReceiptDocument")
)]
#[must_use = "a contract that reverted or halted is told of here only"]
pub struct Receipt {
    /// How the top-level call ended.
    pub status: Status,
    /// The commit's number; nothing when nothing was committed.
    pub commit: Option<CommitNumber>,
    /// The export's results.
    pub results: Vec<Value>,
    /// What `return` or `revert` gave.
    pub output: Vec<u8>,
    /// Gas used; all that was given when the call halted.
    pub gas_used: Gas,
    /// Every contract touched, in order of first touch.
    pub contracts: Vec<TouchedContract>,
    /// What contracts emitted, in order; those of calls that failed are not among them.
    pub events: Vec<Event>,
    /// What the contract logged, as text (bytes that are not UTF-8 are replaced).
    pub logs: Vec<String>,
}

/// What a transaction did with one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TouchedContract {
    /// The contract.
    pub address: Address,
    /// State before; nothing in a block, which works roots out once for all its calls.
    pub state_before: Option<StateRoot>,
    /// State after: of what was committed, or in a dry run of what would have been; nothing in a block.
    pub state_after: Option<StateRoot>,
    /// Version after.
    pub version: Version,
    /// Pages whose bytes are different now.
    pub pages_changed: u32,
}

/// A transaction that did not return, for those to whom that is a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(
    /// Its receipt.
    pub Box<Receipt>,
);

impl Receipt {
    /// Whether the call returned, so that what it did is kept.
    pub fn is_returned(&self) -> bool {
        self.status == Status::Returned
    }

    /// The receipt if the call returned, and an error with it if it did not: for `?` where only a return will do.
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
