//! The calls that a contract makes, on the side of the caller.

use wasmtime::{Caller, Val};

use super::environment::{Environment, How, Outgoing, Request};
use super::gas::{NESTED_CALL, left, take};
use super::host::Host;
use super::windows;
use crate::limits::CALL_DEPTH;
use crate::units::Gas;

/// How a call ended, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It returned: what it did is kept, if its caller is.
    Returned,
    /// It asked to be undone, and was.
    Reverted,
    /// It could not begin or go on, and was undone.
    Halted,
}

/// The share of its gas that a caller keeps whatever it gives: one of so many parts.
const KEPT_SHARE: u64 = 64;

/// Makes a call and comes back. An error ends the calling call, and if the host or the store has failed, all of them.
pub(crate) fn call<E: Environment>(
    caller: &mut Caller<'_, Host<E>>,
    request: &Request,
) -> wasmtime::Result<CallOutcome> {
    take(caller, NESTED_CALL.0)?;
    let (environment, frame) = caller.data_mut().parts()?;
    windows::give(environment, frame)?;
    environment.waits(&frame.table)?;
    let gas = given(caller, request.gas)?;
    let depth = depth_left(caller)?;
    let host = caller.data_mut();
    let read_only = request.read_only || host.frame.table.is_read_only();
    let ended = E::call(&mut host.environment, &Outgoing { request, read_only, gas, depth })?;
    host.frame.returned = ended.output;
    take(caller, gas.0 - ended.gas_left.0)?;
    let (environment, frame) = caller.data_mut().parts()?;
    windows::take_all(environment, frame)?;
    Ok(match ended.how {
        How::Returned(_) => CallOutcome::Returned,
        How::Reverted => CallOutcome::Reverted,
        How::Halted(_) => CallOutcome::Halted,
    })
}

/// What the callee gets: what was asked for, but never the share that the caller keeps.
fn given<E: Environment>(caller: &mut Caller<'_, Host<E>>, asked: Gas) -> wasmtime::Result<Gas> {
    let left = left(caller)?;
    let most = left.0 - left.0 / KEPT_SHARE;
    Ok(Gas(if asked.0 == 0 { most } else { asked.0.min(most) }))
}

fn depth_left<E: Environment>(caller: &mut Caller<'_, Host<E>>) -> wasmtime::Result<u32> {
    let Some(global) = caller.data().depth else { return Ok(CALL_DEPTH) };
    match global.get(&mut *caller) {
        Val::I32(left) => Ok(u32::try_from(left).unwrap_or(0)),
        _ => Ok(0),
    }
}
