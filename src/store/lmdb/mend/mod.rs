//! Mends a contract in one transaction: rewrites its damaged records that other records imply.
//!
//! ```text
//! damaged record                 follows from
//! log record                     the accounts and events of its moment; its receipt is lost
//! history start                  the oldest readable account
//! newest account                 the account before and the last diff; its balance and nonce are lost. The world tree is deleted,
//!                                and the next block rebuilds it
//! page                           all diffs, if they lead from the first version to the recorded state root
//! tree block, head of the tree   the pages, if they have the recorded state root
//! ```

mod account;
mod contract;
mod log;
mod storage;
mod tree;

pub(super) use contract::{mend, mend_beside_storage};
