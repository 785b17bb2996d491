//! Random scenarios, a model simple enough to believe, and what must hold between them. Tests and the targets in `fuzz/`
//! are thin users of it.
//!
//! A scenario is a list of transactions on three contracts, all an interpreter (`interpreter.wat`) that executes the
//! script it is given as input: loads and stores of all widths, bulk operations, slices, registers and windows, all on
//! the same storage, and calls of the others and of itself, with money and events.
//!
//! ```text
//!  bytes ── Taste ──► Scenario ──► Vm, under each pager ──┐
//!                        │   └───► model ─────────────────┴──► Oracle ──► Reached, or Disagreement
//!                      text ◄── shrink ◄────────────────────────────────────────────────┘
//! ```

mod campaign;
mod counts;
mod decode;
mod model;
mod oracle;
mod panics;
mod prepare;
mod script;
pub mod search;
mod shrink;
mod store;
mod target;

pub use campaign::{Campaign, Counts, Finding, Summary};
pub use decode::decode;
pub use oracle::{Disagreement, Oracle, Reached};
pub use prepare::{PrepareReached, module as random_module, prepared_does_the_same};
pub use script::{Nested, ParseError, Scenario, Step, Taste, Transaction};
pub use shrink::shrink;
pub use store::{StoreReached, StoreSteps, store_is_the_model};
pub use target::{Target, UnknownTarget};

#[cfg(test)]
mod tests;

/// Bytes of a linear congruential generator (Knuth's MMIX constants): the same on every run.
pub(crate) fn pseudo_random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}
