//! What came of a transaction.

use super::events::Event;
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version};

/// The outcome of a transaction, whatever it was: a contract's failure is a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It returned: its effects are kept.
    Returned,
    /// It asked to be undone.
    Reverted,
    /// It could not go on.
    Halted(Halt),
}

/// Why a call could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// Which of the closed list of reasons.
    pub kind: HaltKind,
    /// The reason in words, naming the thing.
    pub message: String,
}

/// The closed list of reasons for a halt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HaltKind {
    /// A wasm trap.
    Trap,
    /// The gas did not suffice.
    OutOfGas,
    /// Calls nested too deeply.
    CallDepth,
    /// A write in a call that may only read.
    StaticWrite,
    /// A host call was refused: an argument out of range.
    Vmcall,
    /// A fixed limit was reached.
    Limit,
    /// The store failed under the call.
    Store,
}

impl HaltKind {
    /// All of them; records number them by their place here.
    pub const ALL: [Self; 7] =
        [Self::Trap, Self::OutOfGas, Self::CallDepth, Self::StaticWrite, Self::Vmcall, Self::Limit, Self::Store];

    /// The name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::OutOfGas => "out_of_gas",
            Self::CallDepth => "call_depth",
            Self::StaticWrite => "static_write",
            Self::Vmcall => "vmcall",
            Self::Limit => "limit",
            Self::Store => "store",
        }
    }
}

/// What a transaction did with one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedContract {
    /// The contract.
    pub address: Address,
    /// State before.
    pub state_before: StateRoot,
    /// State after: of what was committed, or in a dry run of what would have been; nothing in a block, which works it out
    /// once for all its calls.
    pub state_after: Option<StateRoot>,
    /// Version after.
    pub version: Version,
    /// Pages that the call read; nothing under a pager that cannot know.
    pub pages_read: Option<u32>,
    /// Pages that the call wrote, changed or not; nothing under a pager that cannot know.
    pub pages_written: Option<u32>,
    /// Pages whose bytes are different now.
    pub pages_changed: u32,
}

/// An argument or result of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
}
