//! Windows, as ewasm's proposal for linear storage has them.

use wasmtime::{Caller, Linker};

use crate::exec::gas::charge_bytes;
use crate::exec::{Host, windows};

pub(super) fn add(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "ewasm",
        "storageMap",
        |mut caller: Caller<'_, Host>, memory: i32, storage: i32, length: i32| -> wasmtime::Result<()> {
            charge_bytes(&mut caller, length as u32)?;
            let (transaction, frame) = caller.data_mut().parts()?;
            Ok(windows::map(transaction, frame, memory as u32, storage as u32, length as u32)?)
        },
    )?;
    Ok(())
}
