//! Machines: instances of contracts, and the calls that run in them.
//!
//! ```text
//!  Machine ── a wasmtime store, whose data is the Host ──┬── CallFrame    registers, own memory, windows, input, output, gas owed
//!                                                        └── EnvironmentSlot<E>   the environment, lent while a call runs
//! ```
//! [`Environment`] lists everything that running code can ask of its transaction. This layer knows nothing else of it.
//!
//! Invariants:
//!
//! 1. A machine that is reused is in its initial state: [`Machine::restore`] restores everything that a call may have changed, or
//!    the machine is dropped.
//! 2. The environment is returned after every call: dropping the loan returns it.

mod error;

mod engine;

mod stop;

mod registers;

mod own_memory;

mod window;

mod environment;

mod frame;
mod function;

mod host;

mod gas;

mod prices;

mod windows;

mod outgoing;

mod counted;

mod stack;

mod loan;

mod instance;

pub(crate) use engine::engine;
pub(crate) use environment::{CallEnd, CallResult, Environment, EnvironmentSlot, OutgoingCall, Request};
pub use error::RuntimeError;
pub(crate) use frame::CallFrame;
pub(crate) use gas::{charge, charge_bytes, gas_left};
pub(crate) use host::Host;
#[cfg(feature = "lab")]
pub(crate) use instance::imports;
pub(crate) use instance::{IncomingCall, Machine, Parts};
pub use outgoing::CallOutcome;
pub(crate) use outgoing::call;
pub(crate) use own_memory::copy;
pub(crate) use prices::{
    CHANGED_PAGE, EVENT, PAGE_OF_CALL, instance as instance_price, set_aside as set_aside_price, too_little,
    visit as visit_price,
};
pub(crate) use registers::{Registers, fit};
pub(crate) use stop::{Stop, static_write};
pub(crate) use windows::map;

#[cfg(test)]
mod tests;
