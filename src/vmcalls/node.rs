//! Balances, with the functions of Spacemesh's node.

use wasmtime::{Caller, Linker};

use crate::machine::{Environment, Host, Stop};
use crate::units::Address;

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
    linker.func_wrap("node", "vmcall_get_balance", |caller: Caller<'_, Host<E>>, bits: i32, index: i32| {
        get_balance(caller, "node.vmcall_get_balance", bits, index)
    })?;
    linker.func_wrap("node", "get_balance_from_reg", |caller: Caller<'_, Host<E>>, bits: i32, index: i32| {
        get_balance(caller, "node.get_balance_from_reg", bits, index)
    })?;
    Ok(())
}

fn get_balance<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    function: &str,
    bits: i32,
    index: i32,
) -> wasmtime::Result<i64> {
    let (environment, frame) = caller.data_mut().parts()?;
    let register = frame.registers.get(function, bits, index)?;
    let bytes = <[u8; 20]>::try_from(register)
        .map_err(|_| Stop::refuse(function, format_args!("an address is in a register of 160 bits, not of {bits}")))?;
    Ok(environment.balance(&Address(bytes))? as i64)
}
