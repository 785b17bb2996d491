//! One transaction, from its checks to what it leaves.
//!
//! ```text
//!  execute ── visits contracts ── runs the code in a machine ──► settle ──┬── commit    one write of the store
//!     │             ▲                      │                              ├── leave     to the calls of its block
//!     │             └──── nested ◄─────────┘                              └── undo
//!     ▼
//!  Shared     store, compiled code, linker, and the Pool of regions and machines that are not in use
//! ```
//!
//! Invariants:
//!
//! 1. A region goes back to the pool clean, or is dropped: every error path in between drops it.
//! 2. A machine goes back as new: whatever a call may have changed in it is put back, or it is dropped.
//! 3. A checkpoint is a value that is undone or left behind, once; undone, it leaves storage, balances and events as they
//!    were.
//! 4. The state root in a receipt is worked out from the pages that really changed, before anything is written.

mod error;

mod lookup;

mod pool;

mod visited;

mod shared;

mod ledger;

mod events;

mod journal;

mod tracer;

mod stopwatch;

mod state;

mod page_trees;

mod pages;

mod machines;

mod nested;

mod environment;

mod settle;

mod checks;

mod execute;

mod finish;

pub use error::TransactionError;
pub(crate) use execute::{Intent, execute};
pub(crate) use ledger::Ledger;
pub(crate) use lookup::{contract_account, stored_code};
pub(crate) use page_trees::PageTrees;
pub(crate) use pool::DEFAULT_FRAME_BUDGET;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use pool::Idle;
pub(crate) use shared::Shared;
pub(crate) use state::Transaction;
