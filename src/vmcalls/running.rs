//! A running call in a form that does not say what its environment is, so that the type which embedders see need not.

use wasmtime::Caller;

use crate::machine::{self, CallFrame, CallOutcome, Environment, Host, Request, Stop, charge_bytes, left, take};
use crate::units::Gas;

/// A running call, whatever its environment is.
pub(super) trait Running {
    fn environment(&self) -> &dyn Environment;
    fn frame(&self) -> &CallFrame;
    fn parts(&mut self) -> Result<(&mut dyn Environment, &mut CallFrame), Stop>;
    fn charge_bytes(&mut self, bytes: u32) -> wasmtime::Result<()>;
    fn take(&mut self, gas: Gas) -> wasmtime::Result<()>;
    fn left(&mut self) -> wasmtime::Result<Gas>;
    fn call(&mut self, request: &Request) -> wasmtime::Result<CallOutcome>;
}

impl<E: Environment> Running for Caller<'_, Host<E>> {
    fn environment(&self) -> &dyn Environment {
        self.data().environment()
    }

    fn frame(&self) -> &CallFrame {
        &self.data().frame
    }

    fn parts(&mut self) -> Result<(&mut dyn Environment, &mut CallFrame), Stop> {
        let (environment, frame) = self.data_mut().parts()?;
        Ok((environment, frame))
    }

    fn charge_bytes(&mut self, bytes: u32) -> wasmtime::Result<()> {
        charge_bytes(self, bytes)
    }

    fn take(&mut self, gas: Gas) -> wasmtime::Result<()> {
        take(self, gas.0)
    }

    fn left(&mut self) -> wasmtime::Result<Gas> {
        left(self)
    }

    fn call(&mut self, request: &Request) -> wasmtime::Result<CallOutcome> {
        machine::call(self, request)
    }
}
