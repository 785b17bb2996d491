//! Scenarios: their steps, how they are generated, and their text.

mod generate;
mod numbers;
mod scenario;
mod slices;
mod steps;
mod text;

pub use generate::Profile;
pub(super) use scenario::{
    ACCOUNTS, BUFFER, CONTRACTS, DEEPEST, FUNCTIONS, HEADER, LIMIT, LONGEST_SCRIPT, NAME, NESTED, OWN_BYTES, SENDER,
    SPARE, WINDOWS, WORK, encode, script_bytes,
};
pub use scenario::{Scenario, Transaction};
pub(super) use slices::{by_slices, can_be_sliced};
pub use steps::{Nested, Step};
pub use text::ParseError;
pub(super) use text::{lines, number, words};
