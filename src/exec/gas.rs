//! What things cost beside the instructions, whose prices the contract layer puts into the code.

use wasmtime::AsContextMut;

use super::outcome::Stop;
use crate::units::Gas;

/// For each page that a top-level call changed: hashing, its path in the state tree, its record and its diff.
pub const CHANGED_PAGE: Gas = Gas(10_000);

/// For each byte that a host call copies; the same that wasm's own bulk operations cost.
pub const COPIED_BYTE: Gas = Gas(1);

/// Wasmtime stops code whose fuel has come down to zero, and reports an overdraft as zero too. So a call gets one
/// unit more than its gas: what is left is at least that unit as long as the gas suffices.
pub(super) fn fuel_for(gas: Gas) -> u64 {
    gas.0.saturating_add(1)
}

/// What is left of a call's gas when this much fuel is; nothing when it is overdrawn.
pub(super) fn gas_left(gas: Gas, fuel: u64) -> Option<Gas> {
    if fuel == 0 { None } else { gas.0.checked_sub(fuel_for(gas) - fuel).map(Gas) }
}

/// Takes gas for copying bytes.
#[inline]
pub(crate) fn charge_bytes(mut store: impl AsContextMut, bytes: u32) -> Result<(), wasmtime::Error> {
    let mut store = store.as_context_mut();
    let left = store.get_fuel()?;
    let price = u64::from(bytes) * COPIED_BYTE.0;
    if left <= price {
        return Err(Stop::out_of_gas().into());
    }
    store.set_fuel(left - price)
}

/// The gas that is left in the middle of a call.
pub(crate) fn left(store: impl wasmtime::AsContext) -> Result<Gas, wasmtime::Error> {
    Ok(Gas(store.as_context().get_fuel()?.saturating_sub(1)))
}
