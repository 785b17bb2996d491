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
mod ledger;
mod linear;
mod reenter;
mod scan;
mod scatter;
mod subject;
#[cfg(test)]
pub(in crate::lab) mod tests;
mod token;
mod touch;
mod tree;
mod world;

pub use ballast::Ballast;
pub use blob::Blob;
pub use by_hand::{ByHand, Extent};
pub use counter::Counter;
pub use counts::counts;
pub use ledger::Ledger;
pub use linear::Linear;
pub use reenter::{Ends, Reenter};
pub use scan::Scan;
pub use scatter::Scatter;
pub use subject::Subject;
pub use token::Token;
pub use touch::{Deed, Touch, WholePages};
pub use tree::Tree;
pub use world::{Mode, Parts, World, call, not_returned, returned};

use std::fmt;

use crate::receipt::Value;
use crate::units::PageCount;

/// The way in which a contract reaches its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Loads, stores and bulk instructions on the storage memory.
    Mapped,
    /// Copies between storage and own memory by host calls, whole records at once.
    Slices,
    /// Loads and stores on a copy in own memory that `ewasm.storageMap` makes and brings back.
    Window,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mapped, Self::Slices, Self::Window];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mapped => "mapped",
            Self::Slices => "slices",
            Self::Window => "window",
        })
    }
}

/// One call of a workload's contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The export. Each gives one i64.
    pub function: &'static str,
    /// Its arguments.
    pub args: Vec<Value>,
}

impl Step {
    fn new(function: &'static str, args: impl Into<Vec<Value>>) -> Self {
        Self { function, args: args.into() }
    }

    /// An argument as a word; 0 if there is no such argument.
    fn word(&self, index: usize) -> u64 {
        match self.args.get(index) {
            Some(Value::I32(value)) => u64::from(*value as u32),
            Some(Value::I64(value)) => *value as u64,
            None => 0,
        }
    }
}

/// The same algorithm in all its forms.
pub trait Workload: fmt::Debug {
    /// A short name for tables.
    fn name(&self) -> &'static str;

    /// What one call does, with its sizes, for a reader.
    fn shape(&self) -> String;

    /// The contract in text form; nothing where the algorithm makes no sense in this form.
    fn source(&self, form: Form) -> Option<&'static str>;

    /// The forms that it has.
    fn forms(&self) -> Vec<Form> {
        Form::ALL.into_iter().filter(|form| self.source(*form).is_some()).collect()
    }

    /// Another contract that it needs, in text form. Its address is the input of every call.
    fn companion(&self) -> Option<&'static str> {
        None
    }

    /// The page limit to deploy it with, if the usual one is too low.
    fn max_pages(&self) -> Option<PageCount> {
        None
    }

    /// Calls that bring storage into the state which is measured on.
    fn setup(&self) -> Vec<Step>;

    /// The call to measure; successive ones differ in their seeds.
    fn step(&self, index: u64) -> Step;

    /// Does on plain memory what the contract does on a step, and gives its result.
    fn native(&self, step: &Step, storage: &mut Linear) -> i64;
}

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

/// A seed for a step: any spread of bits will do, and it is never 0.
fn seed(index: u64) -> i64 {
    ((index + 1).wrapping_mul(GOLDEN) | 1) as i64
}

/// 2^64 divided by the golden ratio: its multiples are spread evenly.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random numbers that the contracts draw.
#[derive(Debug, Clone, Copy)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// Below `bound`, from the high bits, which are the random ones.
    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }
}
