//! One instance of a contract, and the call that runs in it.
//!
//! ```text
//!  Machine ── a wasmtime store, whose data is the Host ──┬── CallFrame    registers, own memory, windows, input, output, gas owed
//!                                                        └── Held<E>      the environment, lent for as long as a call runs
//! ```
//! What running code can ask of its transaction is one list, [`Environment`]; nothing here knows what stands behind it.
//!
//! Invariants:
//!
//! 1. A machine that is used again is as new: [`Machine::restore`] puts back whatever a call may have changed, or says that it
//!    could not.
//! 2. An environment comes back from every call that it was lent to: the loan gives it back when it is dropped.

mod error;

mod engine;

mod stop;

mod registers;

mod own_memory;

mod window;

mod environment;

mod frame;

mod host;

mod gas;

mod windows;

mod outgoing;

mod counted;

mod stack;

mod loan;

mod instance;

pub(crate) use engine::engine;
pub(crate) use environment::{Ended, Environment, Held, How, Outgoing, Request};
pub use error::RuntimeError;
pub(crate) use frame::CallFrame;
pub(crate) use gas::{CHANGED_PAGE, EVENT, charge_bytes, left, take};
pub(crate) use host::Host;
#[cfg(feature = "lab")]
pub(crate) use instance::imports;
pub(crate) use instance::{Entry, Machine, Parts};
pub use outgoing::CallOutcome;
pub(crate) use outgoing::call;
pub(crate) use own_memory::copy;
pub(crate) use registers::{Registers, fit};
pub(crate) use stop::{Stop, static_write};
pub(crate) use windows::map;

#[cfg(test)]
mod tests;
