//! The functions that page checks and the counting of call depth call: software faults, and too great a call depth.

use wasmtime::{Caller, Linker};

use crate::limits::CALL_DEPTH;
use crate::machine::{Environment, Host, Stop};
use crate::paging::Access;
use crate::receipt::HaltKind;
use crate::units::PAGE_SIZE;

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
    linker.func_wrap("vellum:paging", "fault_read", |caller: Caller<'_, Host<E>>, start: i64, length: i64| {
        fault(caller, start, length, Access::Read)
    })?;
    linker.func_wrap("vellum:paging", "fault_write", |caller: Caller<'_, Host<E>>, start: i64, length: i64| {
        fault(caller, start, length, Access::Write)
    })?;
    linker.func_wrap("vellum:exec", "call_depth", || -> wasmtime::Result<()> {
        let message = format!("functions call each other more than {CALL_DEPTH} units deep");
        Err(Stop::halt(HaltKind::CallDepth, message).into())
    })?;
    Ok(())
}

/// Serves a software fault. The check of a bulk instruction runs with the whole range before the instruction charges its gas, one
/// unit for each byte. If the gas cannot suffice, the instruction will halt before it accesses memory, so no page is made
/// present.
fn fault<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    start: i64,
    length: i64,
    access: Access,
) -> wasmtime::Result<()> {
    if length > PAGE_SIZE as i64 && caller.get_fuel()? <= length as u64 {
        return Ok(());
    }
    Ok(caller.data_mut().fault(start as u64, length as u64, access)?)
}
