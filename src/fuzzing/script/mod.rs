//! Scenarios: what they consist of, how they are made, and how they are written.

mod generate;
mod numbers;
mod scenario;
mod slices;
mod steps;
mod text;

pub use generate::Taste;
pub(super) use scenario::{
    ACCOUNTS, BUFFER, CONTRACTS, DEEPEST, FUNCTIONS, HEADER, LIMIT, LONGEST_SCRIPT, NAME, NESTED, OWN_BYTES, SENDER,
    SPARE, WINDOWS, WORK, encode, script_bytes,
};
pub use scenario::{Scenario, Transaction};
pub(super) use slices::{by_slices, has_slices};
pub use steps::{Nested, Step};
pub use text::ParseError;
pub(super) use text::{lines, number, words};
