//! Searches for a sequence of transactions that breaks an invariant of a contract.
//!
//! ```text
//!   corpus ──► pick, extend or change ──► run, from the state that it extends ──► do the invariants hold?
//!     ▲                                      │                                        │ no
//!     └──────── keep, if signals are new ◄───┘                                     shrink ──► Finding
//! ```
//!
//! The attacker is a contract that exports every name by which contracts have called it. When it is called, it does what the
//! sequence lists for that call. `design/search.md` describes how signals guide the search.

mod actor;
mod attempts;
mod calls;
mod cast;
mod change;
mod corpus;
mod dictionary;
mod error;
mod generate;
mod invariant;
mod minimal;
mod orders;
mod reach;
mod sequence;
mod shrink;
mod signals;
mod values;
mod verdict;
mod world;

pub use actor::DO;
pub use attempts::{Finding, Options, Search};
pub use cast::{ACTORS, INITIAL_BALANCE, Moment, Plan, Subject, USERS};
pub use error::SearchError;
pub use invariant::{Broken, InvariantExport, Verdict};
pub use reach::{FunctionReach, Reach};
pub use sequence::{Action, End, Exports, Part, Party, Reaction, Request, Step, Target};
pub use world::World;

#[cfg(test)]
mod tests;
