//! Writing anew what is damaged of a contract and follows from something else, in one transaction.
//!
//! ```text
//! what is damaged                what it follows from
//! log record                     the accounts and events of its moment; its receipt is lost
//! mark                           the oldest account that can be read
//! newest account                 the account before, and the last diff; its balance and nonce are lost. The world tree goes,
//!                                which the next block works out
//! page                           all diffs, if they lead from the first version to the state that is recorded
//! tree block, late groups        the pages, if they have the root that is recorded
//! ```

mod account;
mod contract;
mod log;
mod storage;
mod tree;

pub(super) use contract::{mend, mend_beside_storage};
