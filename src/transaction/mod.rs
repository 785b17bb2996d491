//! One transaction, from its checks to its commit or undo.
//!
//! ```text
//!  execute ── visits contracts ── runs the code in a machine ──► settle ──┬── commit    one write of the store
//!     │             ▲                      │                              ├── hand over to the next call of its block
//!     │             └──── nested ◄─────────┘                              └── undo
//!     ▼
//!  Shared     store, compiled code, linker, and the Pool of regions and machines that are not in use
//! ```
//!
//! Invariants:
//!
//! 1. A region is returned to the pool clean, or dropped. Every error path drops it.
//! 2. A machine is returned to the pool restored, or dropped.
//! 3. A checkpoint is consumed once: by an undo, which restores storage, balances and events, or by being dropped.
//! 4. The state root of a receipt is computed from the pages that really changed, before the store is written.

mod error;

mod lookup;

mod pool;

mod visit;

mod shared;

mod ledger;

mod events;

mod copies;
mod journal;
mod pre_images;
mod storage;

mod tracer;

mod stopwatch;

mod state;

mod page_trees;

mod pages;

mod machines;

mod nested;

mod environment;

mod settle;

mod allowance;
mod bounds;
mod checks;

mod execute;

mod finish;

pub use error::TransactionError;
pub(crate) use execute::{Intent, execute};
pub(crate) use ledger::Ledger;
pub(crate) use lookup::{contract_account, stored_code};
pub(crate) use page_trees::{Hashed, PageTrees};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use pool::Idle;
pub(crate) use pool::{DEFAULT_FRAME_BUDGET, NamedState};
pub(crate) use shared::{PagingLimits, Shared};
pub(crate) use state::Transaction;
