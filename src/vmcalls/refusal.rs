//! Why a host function of an embedder's own does not do what it was asked.

use std::fmt;

use crate::machine::Stop;

/// Why a host function does not do what it was asked: it halts the call of the contract.
///
/// One of [`new`](Self::new) gives the call the halt kind `vmcall` and a message that begins with the function's module and
/// name. One that a method of [`HostCall`](super::HostCall) gave is to be handed on, with `?`: it says what was refused, or
/// that the gas did not suffice, or that the store failed. A call that is out of gas, or whose store has failed, ends also if
/// the function keeps the refusal back.
#[derive(Debug)]
pub struct Refusal(Cause);

#[derive(Debug)]
enum Cause {
    Text(String),
    Stopped(wasmtime::Error),
}

impl Refusal {
    /// A refusal with its reason: which argument is wrong, and what would be right.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(Cause::Text(reason.into()))
    }

    /// What ends the call of the function of this name.
    pub(super) fn into_error(self, function: &str) -> wasmtime::Error {
        match self.0 {
            Cause::Text(reason) => Stop::refuse(function, reason).into(),
            Cause::Stopped(error) => error,
        }
    }
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self(Cause::Stopped(stop.into()))
    }
}

impl From<wasmtime::Error> for Refusal {
    fn from(error: wasmtime::Error) -> Self {
        Self(Cause::Stopped(error))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Text(reason) => f.write_str(reason),
            Cause::Stopped(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Refusal {}
