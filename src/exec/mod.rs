//! Transactions: a call runs on one moment of the store, and is committed or leaves nothing behind.
//!
//! ```text
//!  Vm ── takes a Region and a Machine from the Pool ── runs the Transaction on a stack of its own
//!     ── diff, state root ── Batch to the store ── Receipt
//! ```
//!
//! Invariants:
//!
//! 1. A region goes back to the pool clean, or is dropped: every error path in between drops it.
//! 2. A machine goes back as new: whatever a call may have changed in it is put back, or it is dropped.
//! 3. A checkpoint is a value that is undone or left behind, once; undone, it leaves storage, balances and events as they
//!    were.
//! 4. The state root in a receipt is worked out from the pages that really changed, before anything is written.

#[cfg(feature = "lab")]
mod bare;
mod block;
mod call;
mod error;
mod events;
mod execute;
pub(crate) mod gas;
mod history;
mod host;
mod journal;
mod ledger;
mod machine;
mod measured;
mod nested;
mod outcome;
mod own_memory;
mod pool;
mod prove;
mod reading;
mod receipt;
mod receipt_record;
mod rollback;
mod settle;
mod shared;
mod split;
mod stack;
mod trace;
mod tracer;
mod transaction;
mod transfer;
mod visited;
mod vm;
pub(crate) mod windows;
mod world;
mod wrong;

pub use block::{Block, Recorded};
pub use call::{Call, Deployed, Deployment};
pub use error::Error;
pub use events::{Event, RecordedEvent};
pub use history::{ByteDifference, PageDifference, VersionEntry};
pub use receipt::{Halt, HaltKind, Receipt, Status, TouchedContract, Value};
pub use rollback::RolledBack;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use rollback::roll_back;
pub use split::{Phase, Split};
pub use trace::{CallTrace, ContractFrames, StorageWrite, Trace, UndoStatistics};
pub use transfer::Transferred;
pub use vm::{Vm, VmBuilder};

#[cfg(feature = "lab")]
pub(crate) use bare::Bare;
pub(crate) use events::MAX_TOPICS;
pub(crate) use host::{CallFrame, Host};
pub(crate) use nested::{Outcome, Request, call};
pub(crate) use outcome::Stop;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use receipt_record::{decode as decode_record, encode as encode_receipt, encode_recorded};
pub(crate) use transaction::static_write;

#[cfg(test)]
mod tests;
