//! Windows, as in ewasm's proposal for linear storage.

use wasmtime::{Caller, Linker};

use crate::machine::{Environment, Host, charge_bytes, map};

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "ewasm",
        "storageMap",
        |mut caller: Caller<'_, Host<E>>, memory: i32, storage: i32, length: i32| -> wasmtime::Result<()> {
            charge_bytes(&mut caller, length as u32)?;
            let (environment, frame) = caller.data_mut().parts()?;
            Ok(map(environment, frame, memory as u32, storage as u32, length as u32)?)
        },
    )?;
    Ok(())
}
