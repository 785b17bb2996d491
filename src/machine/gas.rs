//! Charging gas, and the engine's fuel.

use wasmtime::Caller;

use super::environment::Environment;
use super::host::Host;
use super::prices::COPIED_BYTE;
use super::stop::Stop;
use crate::units::Gas;

/// The fuel for a call with this gas. Wasmtime stops code whose fuel is zero, and reports an overdraft as zero, too. So a
/// call gets one unit of fuel more than its gas, and has at least that unit left while its gas suffices.
pub(super) fn fuel_for(gas: Gas) -> u64 {
    gas.0.saturating_add(1)
}

/// The gas that a call has left when it has this much fuel left; `None` if it is overdrawn.
pub(super) fn gas_for(gas: Gas, fuel: u64) -> Option<Gas> {
    if fuel == 0 { None } else { gas.0.checked_sub(fuel_for(gas) - fuel).map(Gas) }
}

/// The most gas that a call can owe for copied bytes. Reading the fuel costs more than most copies, so the debt is settled only
/// at this amount, when the gas is read, and at the end of the call.
const MOST_OWED: u64 = 1 << 16;

/// Charges for copied bytes.
#[inline]
pub(crate) fn charge_bytes<E: Environment>(
    caller: &mut Caller<'_, Host<E>>,
    bytes: u32,
) -> Result<(), wasmtime::Error> {
    let owed = &mut caller.data_mut().frame.owed;
    *owed += u64::from(bytes) * COPIED_BYTE.0;
    if *owed < MOST_OWED { Ok(()) } else { settle_debt(caller) }
}

#[cold]
fn settle_debt<E: Environment>(caller: &mut Caller<'_, Host<E>>) -> Result<(), wasmtime::Error> {
    let owed = std::mem::take(&mut caller.data_mut().frame.owed);
    let fuel = caller.get_fuel()?;
    caller.set_fuel(fuel.saturating_sub(owed))?;
    if fuel > owed { Ok(()) } else { Err(Stop::out_of_gas().into()) }
}

/// The gas that the running call has left.
pub(crate) fn gas_left<E: Environment>(caller: &mut Caller<'_, Host<E>>) -> Result<Gas, wasmtime::Error> {
    settle_debt(caller)?;
    Ok(Gas(caller.get_fuel()?.saturating_sub(1)))
}

/// Charges the running call.
pub(crate) fn charge<E: Environment>(caller: &mut Caller<'_, Host<E>>, gas: u64) -> Result<(), wasmtime::Error> {
    match gas_left(caller)?.0.checked_sub(gas) {
        Some(remaining) => Ok(caller.set_fuel(fuel_for(Gas(remaining)))?),
        None => {
            caller.set_fuel(0)?;
            Err(Stop::out_of_gas().into())
        }
    }
}
