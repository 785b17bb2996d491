//! Refusals of custom host functions.

use std::fmt;

use crate::machine::Stop;

/// The reason for which a custom host function refuses its call. It halts the call of the contract.
///
/// A refusal made with [`new`](Self::new) halts with kind `vmcall`, and its message begins with the function's module and name.
/// A refusal that a method of [`HostCall`](super::HostCall) returned should be passed on with `?`: it says what was refused,
/// that the gas does not suffice, or that the store failed. A call that is out of gas or whose store has failed ends even if
/// the function drops the refusal.
#[derive(Debug)]
pub struct Refusal(Cause);

#[derive(Debug)]
enum Cause {
    Text(String),
    Stopped(wasmtime::Error),
}

impl Refusal {
    /// A refusal with a reason, which should name the argument and what is accepted.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(Cause::Text(reason.into()))
    }

    /// The error that ends the call of the function of this name.
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
