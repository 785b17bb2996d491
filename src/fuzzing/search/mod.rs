//! Looks for a sequence of calls that breaks what contracts promise.
//!
//! ```text
//!   kept sequences ──► pick, extend or change ──► carry out on the state it goes on from ──► invariants hold?
//!         ▲                                              │                                       │ no
//!         └────────── something new happened ◄── signals ┘                                shrink ──► Finding
//! ```
//!
//! An attacker is in every outgoing call that leads to it: it is a contract that answers to every name it was ever called
//! by, and acts as the sequence has it. How the search is guided is told in `design/search.md`.

mod actor;
mod attempts;
mod calls;
mod cast;
mod change;
mod corpus;
mod dictionary;
mod error;
mod generate;
mod judge;
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
pub use cast::{ACTORS, FUNDS, Moment, PEOPLE, Plan, Subject};
pub use error::SearchError;
pub use judge::{Broken, Judge, Verdict};
pub use reach::{FunctionReach, Reach};
pub use sequence::{Deed, End, Exports, Part, Reaction, Request, Step, Target, Who};
pub use world::World;

#[cfg(test)]
mod tests;
