//! Random scenarios, a model simple enough to believe, and what must hold between them. Tests and the targets in `fuzz/`
//! are thin users of it.
//!
//! A scenario is a list of transactions on one contract, an interpreter (`interpreter.wat`) that executes the script it
//! is given as input: loads and stores of all widths, bulk operations, slices and registers, all on the same storage.

mod model;
mod oracle;
mod script;

pub use oracle::{Disagreement, Oracle, Reached};
pub use script::{Scenario, Step, Transaction};

#[cfg(test)]
mod tests;
