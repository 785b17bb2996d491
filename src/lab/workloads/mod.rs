//! Contracts to measure: the same algorithm once on mapped storage, once with page slices, where it makes
//! sense once through a window, and once as plain Rust.
//!
//! The Rust form is the judge: it gives each call's result and the bytes that storage must hold, and so the state root.
//! [`Subject`] deploys a form, calls it and compares.

mod ballast;
mod blob;
mod by_hand;
mod counter;
mod counts;
mod form;
mod ledger;
mod linear;
mod random;
mod reenter;
mod scan;
mod scatter;
mod subject;
#[cfg(test)]
pub(in crate::lab) mod tests;
mod token;
mod touch;
mod tree;
mod workload;
mod world;

pub use ballast::Ballast;
pub use blob::Blob;
pub use by_hand::{ByHand, Extent};
pub use counter::Counter;
pub use counts::counts;
pub use form::Form;
pub use ledger::Ledger;
pub use linear::Linear;
pub use reenter::{Ends, Reenter};
pub use scan::Scan;
pub use scatter::Scatter;
pub use subject::Subject;
pub use token::Token;
pub use touch::{Deed, Touch, WholePages};
pub use tree::Tree;
pub use workload::{Step, Workload};
pub use world::{Mode, Parts, World, call, not_returned, returned};

/// The workloads of a report.
pub fn standard() -> Vec<Box<dyn Workload>> {
    super::Settings::quick().workloads()
}

/// The same workloads so small that they serve as tests.
pub fn tiny() -> Vec<Box<dyn Workload>> {
    vec![
        Box::new(Counter),
        Box::new(Token { accounts: 50, transfers: 1 }),
        Box::new(Token { accounts: 50, transfers: 20 }),
        Box::new(Scatter::looking(5)),
        Box::new(Scatter::touching(5)),
        Box::new(Scan::summing(2)),
        Box::new(Scan::filling(2)),
        Box::new(Tree { inserts: 600, keys: 100 }),
        Box::new(Blob { records: 7, copies: 20 }),
        Box::new(Ledger { accounts: 20, records: 100, appended: 5 }),
        Box::new(Reenter { before: 4, read: 5, ..Reenter::chain(3, 2, Ends::Return) }),
        Box::new(Reenter { through: true, before: 4, ..Reenter::chain(4, 3, Ends::InnermostReverts) }),
        Box::new(Reenter { stored: 0, before: 2, ..Reenter::chain(5, 3, Ends::EverySecondReverts) }),
    ]
}
