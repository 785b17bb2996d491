//! What the compiled checks call: soft faults, and the end of the call depth.

use wasmtime::{Caller, Linker};

use crate::exec::{HaltKind, Host, Stop};
use crate::limits::CALL_DEPTH;
use crate::paging::Access;

pub(super) fn add(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap("vellum:paging", "fault_read", |mut caller: Caller<'_, Host>, start: i64, length: i64| {
        Ok(caller.data_mut().fault(start as u64, length as u64, Access::Read)?)
    })?;
    linker.func_wrap("vellum:paging", "fault_write", |mut caller: Caller<'_, Host>, start: i64, length: i64| {
        Ok(caller.data_mut().fault(start as u64, length as u64, Access::Write)?)
    })?;
    linker.func_wrap("vellum:exec", "call_depth", || -> wasmtime::Result<()> {
        let message = format!("functions call each other more than {CALL_DEPTH} units deep");
        Err(Stop::halt(HaltKind::CallDepth, message).into())
    })?;
    Ok(())
}
