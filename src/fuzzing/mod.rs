//! Random scenarios, a model simple enough to believe, and what must hold between them. Tests and the targets in `fuzz/`
//! are thin users of it.
//!
//! A scenario is a list of transactions on two contracts, both an interpreter (`interpreter.wat`) that executes the script
//! it is given as input: loads and stores of all widths, bulk operations, slices and registers, all on the same storage,
//! and calls of the other and of itself.

mod model;
mod oracle;
mod script;
pub mod search;

pub use oracle::{Disagreement, Oracle, Reached};
pub use script::{Scenario, Step, Transaction};

#[cfg(test)]
mod tests;

/// Bytes of a linear congruential generator (Knuth's MMIX constants): the same on every run.
#[cfg(test)]
pub(crate) fn pseudo_random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}
