//! The API: the virtual machine (VM) over a store.
//!
//! ```text
//!  VmBuilder ── import                 custom host functions, which receive a HostCall
//!  Vm ─┬─ deploy, fund                 new accounts and balances
//!      ├─ run(&call) ──► Run           commit() or dry(), with or without a trace
//!      ├─ execute_block                several calls committed as one
//!      ├─ now(), at(…) ──► View        one moment: accounts, storage, dry runs, proofs
//!      ├─ receipt, block, events       records of commits
//!      ├─ backup                       a copy of the store while commits go on
//!      └─ history, diff, rollback, prune, export_diffs, apply_diffs
//! ```

mod error;

mod handle;

mod builder;

mod deploy;

mod view;

mod run;

mod recorded;

mod block;

mod history;

mod rollback;

mod transfer;

mod world;

mod prove;

mod backup;

#[cfg(feature = "lab")]
mod bare;

pub use crate::machine::{CallOutcome, RuntimeError};
pub use crate::transaction::TransactionError;
pub use crate::vmcalls::{HostCall, HostClosure, HostResult, HostReturn, HostValue, Refusal};
pub use builder::VmBuilder;
pub use deploy::{Deployed, Deployment};
pub use error::Error;
pub use handle::Vm;
pub use history::{ByteDifference, PageDifference, VersionEntry};
pub use rollback::RolledBack;
pub use run::{DryRun, Run, Traced};
pub use transfer::Transferred;
pub use view::{At, View};

#[cfg(feature = "lab")]
pub(crate) use bare::Bare;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use rollback::roll_back;

#[cfg(test)]
mod tests;
