//! Contracts to measure: the same algorithm on mapped storage, with slices, through a window where that makes sense, and
//! as a native model in Rust.
//!
//! The native model predicts the result of each call and the bytes of storage, and so the state root. [`Subject`] deploys
//! a form, calls it and compares it with the model.

mod ballast;
mod blob;
mod by_hand;
mod counter;
mod counts;
mod form;
mod ledger;
mod linear;
mod programs;
mod random;
mod reenter;
mod scan;
mod scatter;
mod subject;
mod testbed;
#[cfg(test)]
pub(in crate::lab) mod tests;
mod token;
mod touch;
mod tree;
mod workload;

pub use ballast::Ballast;
pub use blob::Blob;
pub use by_hand::{ByHand, Extent};
pub use counter::Counter;
pub use counts::counts;
pub use form::Form;
pub use ledger::Ledger;
pub use linear::Linear;
pub use programs::{ProgramForm, Work};
pub use reenter::{Reenter, Reverts};
pub use scan::Scan;
pub use scatter::Scatter;
pub use subject::Subject;
pub use testbed::{Mode, PhaseTimes, Testbed, call, i64_result, not_returned};
pub use token::Token;
pub use touch::{AccessKind, Touch, WholePages};
pub use tree::Tree;
pub use workload::{Step, Workload};

/// The workloads of `vellum report`.
pub fn standard() -> Vec<Box<dyn Workload>> {
    super::Settings::quick().workloads()
}

/// The same workloads in sizes for tests.
pub fn tiny() -> Vec<Box<dyn Workload>> {
    vec![
        Box::new(Counter),
        Box::new(Token { accounts: 50, transfers: 1 }),
        Box::new(Token { accounts: 50, transfers: 20 }),
        Box::new(Scatter::reading(5)),
        Box::new(Scatter::changing(5)),
        Box::new(Scan::summing(2)),
        Box::new(Scan::filling(2)),
        Box::new(Tree { inserts: 600, keys: 100 }),
        Box::new(Blob { records: 7, copies: 20 }),
        Box::new(Ledger { accounts: 20, records: 100, appended: 5 }),
        Box::new(Reenter { caller_writes: 4, caller_reads: 5, ..Reenter::chain(3, 2, Reverts::None) }),
        Box::new(Reenter { through_relay: true, caller_writes: 4, ..Reenter::chain(4, 3, Reverts::Innermost) }),
        Box::new(Reenter { stored: 0, caller_writes: 2, ..Reenter::chain(5, 3, Reverts::EverySecond) }),
    ]
}
