//! How wasm execution ends, in wasmtime's words and in ours.

use std::fmt;

use wasmtime::Trap;

use crate::receipt::{Halt, HaltKind};

/// Why a host function ends the call: it travels through wasmtime as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The contract called `return`.
    Return,
    /// The contract called `revert`.
    Revert,
    /// The call cannot go on. Boxed, so that a host function's outcome fits a register.
    Halt(Box<Halt>),
}

impl Stop {
    /// A halt of some kind.
    #[cold]
    pub(crate) fn halt(kind: HaltKind, message: impl Into<String>) -> Self {
        Self::Halt(Box::new(Halt { kind, message: message.into() }))
    }

    /// A host call that is refused: `message` names the argument and what would be right.
    #[cold]
    pub(crate) fn refuse(function: &str, message: impl fmt::Display) -> Self {
        Self::halt(HaltKind::Vmcall, format!("{function}: {message}"))
    }

    /// The gas did not suffice.
    #[cold]
    pub(crate) fn out_of_gas() -> Self {
        Self::Halt(Box::new(Halt::out_of_gas()))
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

/// What a call that may only read must not do.
#[cold]
pub(crate) fn static_write(what: &str) -> Stop {
    Stop::halt(HaltKind::StaticWrite, format!("{what} in a call that may only read"))
}

/// What an error that came out of wasm means. Nothing for one that no contract should be able to cause.
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
