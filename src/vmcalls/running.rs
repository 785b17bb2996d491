//! A running call without the type of its environment, so that [`HostCall`](super::HostCall) needs no type parameter.

use wasmtime::Caller;

use crate::machine::{self, CallFrame, CallOutcome, Environment, Host, Request, Stop, charge, charge_bytes, gas_left};
use crate::units::Gas;

/// A running call with any environment.
pub(super) trait RunningCall {
    fn environment(&self) -> &dyn Environment;
    fn frame(&self) -> &CallFrame;
    fn parts(&mut self) -> Result<(&mut dyn Environment, &mut CallFrame), Stop>;
    fn charge_bytes(&mut self, bytes: u32) -> wasmtime::Result<()>;
    fn charge(&mut self, gas: Gas) -> wasmtime::Result<()>;
    fn gas_left(&mut self) -> wasmtime::Result<Gas>;
    fn call(&mut self, request: &Request) -> wasmtime::Result<CallOutcome>;
}

impl<E: Environment> RunningCall for Caller<'_, Host<E>> {
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

    fn charge(&mut self, gas: Gas) -> wasmtime::Result<()> {
        charge(self, gas.0)
    }

    fn gas_left(&mut self) -> wasmtime::Result<Gas> {
        gas_left(self)
    }

    fn call(&mut self, request: &Request) -> wasmtime::Result<CallOutcome> {
        machine::call(self, request)
    }
}
