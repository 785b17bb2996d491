//! The fuzzer: random scenarios, a model of the VM, and the oracle that compares the two. Unit tests, `vellum fuzz` and the
//! targets in `fuzz/` only call it.
//!
//! A scenario is a list of transactions on three contracts. Each contract is the same interpreter (`interpreter.wat`), which
//! executes the script in its input. A script has loads and stores of all widths, bulk operations, slices, registers and
//! windows, all on the same storage, and also value transfers, events and calls of the three contracts. Each scenario runs in
//! several forms of storage.
//!
//! ```text
//!  bytes ── Profile ──► Scenario ──► Vm, under each pager ──┐
//!                          │   └───► model ─────────────────┴──► Oracle ──► Reached, or Disagreement
//!                        text ◄── shrink ◄────────────────────────────────────────────────┘
//! ```

mod campaign;
mod counts;
mod decode;
mod forms;
mod model;
mod needs;
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
pub use forms::Form;
pub use needs::{Lack, check_host};
pub use oracle::{Disagreement, Oracle, Reached};
pub use prepare::{PrepareReached, module as random_module, prepared_does_the_same};
pub use script::{Nested, ParseError, Profile, Scenario, Step, Transaction};
pub use shrink::shrink;
pub use store::{StoreReached, StoreSteps, store_is_the_model};
pub use target::{Target, UnknownTarget};

#[cfg(test)]
mod tests;

/// Returns bytes of a linear congruential generator with Knuth's MMIX constants. They depend on `seed` alone.
pub(crate) fn pseudo_random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}
