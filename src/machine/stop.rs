//! The ends of wasm execution: stops of host functions, and wasmtime's errors.

use std::fmt;

use wasmtime::Trap;

use crate::receipt::{Halt, HaltKind};

/// The reason for which a host function ends the call. It passes through wasmtime as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The contract called `return`.
    Return,
    /// The contract called `revert`.
    Revert,
    /// The call halts. Boxed, so that a host function's result fits a register.
    Halt(Box<Halt>),
}

impl Stop {
    /// A halt.
    #[cold]
    pub(crate) fn halt(kind: HaltKind, message: impl Into<String>) -> Self {
        Self::Halt(Box::new(Halt { kind, message: message.into() }))
    }

    /// A refused host call. `message` names the argument and what is accepted.
    #[cold]
    pub(crate) fn refuse(function: &str, message: impl fmt::Display) -> Self {
        Self::halt(HaltKind::Vmcall, format!("{function}: {message}"))
    }

    /// A halt for lack of gas.
    #[cold]
    pub(crate) fn out_of_gas() -> Self {
        Self::Halt(Box::new(Halt::out_of_gas()))
    }
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Self::Halt(Box::new(halt))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Return => f.write_str("the contract returned"),
            Self::Revert => f.write_str("the contract reverted"),
            Self::Halt(halt) => halt.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

/// The halt of a static call that tries to have an effect. `what` names the host function and the effect.
#[cold]
pub(crate) fn static_write(what: &str) -> Stop {
    Stop::halt(HaltKind::StaticWrite, format!("{what} in a static call"))
}

/// The stop that an error of wasm execution means. `None` for an error that no contract should be able to cause.
pub(super) fn classify(error: &wasmtime::Error) -> Option<Stop> {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return Some(stop.clone());
    }
    Some(match *error.downcast_ref::<Trap>()? {
        Trap::OutOfFuel => Stop::out_of_gas(),
        Trap::StackOverflow => Stop::halt(HaltKind::CallDepth, "the stack is exhausted"),
        Trap::AllocationTooLarge => Stop::halt(HaltKind::Limit, "an allocation is too large"),
        trap => Stop::halt(HaltKind::Trap, trap.to_string()),
    })
}
