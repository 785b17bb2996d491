//! Outgoing calls: nested calls on the side of their caller.

use wasmtime::{Caller, Val};

use super::environment::{CallEnd, Environment, OutgoingCall, Request};
use super::gas::{NESTED_CALL, charge, gas_left};
use super::host::Host;
use super::windows;
use crate::limits::CALL_DEPTH;
use crate::units::Gas;

/// The end of a nested call, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It returned. Its effects are kept unless its caller fails.
    Returned,
    /// It reverted. Its effects are undone.
    Reverted,
    /// It did not begin, or it halted. Its effects are undone.
    Halted,
}

/// A caller always keeps 1 / `KEPT_SHARE` of its remaining gas.
const KEPT_SHARE: u64 = 64;

/// Makes a nested call and returns its outcome. An error ends the calling call; if the host or the store failed, the whole
/// transaction is aborted.
pub(crate) fn call<E: Environment>(
    caller: &mut Caller<'_, Host<E>>,
    request: &Request,
) -> wasmtime::Result<CallOutcome> {
    charge(caller, NESTED_CALL.0)?;
    let (environment, frame) = caller.data_mut().parts()?;
    windows::write_back(environment, frame)?;
    environment.pause_call(&frame.table)?;
    let gas = callee_gas(caller, request.gas)?;
    let depth = depth_left(caller)?;
    let host = caller.data_mut();
    let read_only = request.read_only || host.frame.table.is_read_only();
    let result = E::call(&mut host.environment, &OutgoingCall { request, read_only, gas, depth })?;
    host.frame.returned = result.output;
    charge(caller, gas.0 - result.gas_left.0)?;
    let (environment, frame) = caller.data_mut().parts()?;
    environment.resume_call(&mut frame.table);
    windows::refresh(environment, frame)?;
    Ok(match result.end {
        CallEnd::Returned(_) => CallOutcome::Returned,
        CallEnd::Reverted => CallOutcome::Reverted,
        CallEnd::Halted(_) => CallOutcome::Halted,
    })
}

/// Returns the gas for the callee: the requested gas, or all remaining gas if 0 is requested, but never more than the remaining gas
/// minus the share that the caller keeps.
fn callee_gas<E: Environment>(caller: &mut Caller<'_, Host<E>>, requested: Gas) -> wasmtime::Result<Gas> {
    let left = gas_left(caller)?;
    let most = left.0 - left.0 / KEPT_SHARE;
    Ok(Gas(if requested.0 == 0 { most } else { requested.0.min(most) }))
}

/// The call depth that the caller has left.
fn depth_left<E: Environment>(caller: &mut Caller<'_, Host<E>>) -> wasmtime::Result<u32> {
    let Some(global) = caller.data().depth else { return Ok(CALL_DEPTH) };
    match global.get(&mut *caller) {
        Val::I32(left) => Ok(u32::try_from(left).unwrap_or(0)),
        _ => Ok(0),
    }
}
