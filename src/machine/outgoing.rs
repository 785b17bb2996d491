//! Outgoing calls: nested calls on the side of their caller.

use wasmtime::{Caller, Val};

use super::environment::{CallEnd, Environment, OutgoingCall, Request};
use super::gas::{charge, gas_left};
use super::host::Host;
use super::prices::{HALTED_CALL, NESTED_CALL};
use super::stop::Stop;
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
    let (environment, frame) = caller.data_mut().parts()?;
    let read_only = request.read_only || frame.table.is_read_only();
    let visit = environment.visit_price(&request.contract, read_only)?;
    charge(caller, NESTED_CALL.0 + visit.0)?;
    let (environment, frame) = caller.data_mut().parts()?;
    windows::write_back(environment, frame)?;
    environment.pause_call(&frame.table)?;
    let gas = callee_gas(caller, request.gas)?;
    let depth = depth_left(caller)?;
    let host = caller.data_mut();
    // A nested call of the same contract needs the memory in front of storage.
    host.environment.as_mut().into_iter().for_each(|environment| host.frame.memory.return_to(environment));
    let result = E::call(&mut host.environment, &OutgoingCall { request, read_only, gas, depth });
    host.environment.as_mut().into_iter().for_each(|environment| host.frame.memory.borrow_from(environment));
    let result = result?;
    host.frame.returned = result.output;
    let halted = matches!(result.end, CallEnd::Halted(_));
    charge(caller, gas.0 - result.gas_left.0 + if halted { HALTED_CALL.0 } else { 0 })?;
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
/// minus the share that the caller keeps. The caller also keeps what a call that halts costs.
fn callee_gas<E: Environment>(caller: &mut Caller<'_, Host<E>>, requested: Gas) -> wasmtime::Result<Gas> {
    let Some(left) = gas_left(caller)?.0.checked_sub(HALTED_CALL.0) else { return Err(Stop::out_of_gas().into()) };
    let most = left - left / KEPT_SHARE;
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
