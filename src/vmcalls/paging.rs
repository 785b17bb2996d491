//! What the compiled checks call: soft faults, and the end of the call depth.

use wasmtime::{Caller, Linker};

use crate::exec::{HaltKind, Host, Stop};
use crate::limits::CALL_DEPTH;
use crate::paging::Access;
use crate::units::PAGE_SIZE;

pub(super) fn add(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap("vellum:paging", "fault_read", |caller: Caller<'_, Host>, start: i64, length: i64| {
        fault(caller, start, length, Access::Read)
    })?;
    linker.func_wrap("vellum:paging", "fault_write", |caller: Caller<'_, Host>, start: i64, length: i64| {
        fault(caller, start, length, Access::Write)
    })?;
    linker.func_wrap("vellum:exec", "call_depth", || -> wasmtime::Result<()> {
        let message = format!("functions call each other more than {CALL_DEPTH} units deep");
        Err(Stop::halt(HaltKind::CallDepth, message).into())
    })?;
    Ok(())
}

/// A bulk instruction comes here with its whole range before it takes its gas, one unit a byte. Where the gas cannot
/// suffice it will halt before it touches memory: a range that nobody paid for is not brought in.
fn fault(mut caller: Caller<'_, Host>, start: i64, length: i64, access: Access) -> wasmtime::Result<()> {
    if length > PAGE_SIZE as i64 && caller.get_fuel()? <= length as u64 {
        return Ok(());
    }
    Ok(caller.data_mut().fault(start as u64, length as u64, access)?)
}
