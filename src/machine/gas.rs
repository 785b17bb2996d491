//! What things cost beside the instructions, whose prices the contract layer puts into the code.

use wasmtime::Caller;

use super::environment::Environment;
use super::host::Host;
use super::stop::Stop;
use crate::units::Gas;

/// For each page that a top-level call changed: hashing, its path in the state tree, its record and its diff.
pub const CHANGED_PAGE: Gas = Gas(10_000);

/// For each byte that a host call copies; the same that wasm's own bulk operations cost.
pub const COPIED_BYTE: Gas = Gas(1);

/// For a call of another contract, beside what it uses: a checkpoint, finding the contract and its machine.
pub const NESTED_CALL: Gas = Gas(2_500);

/// For an event, beside its bytes.
pub const EVENT: Gas = Gas(200);

/// Wasmtime stops code whose fuel has come down to zero, and reports an overdraft as zero too. So a call gets one
/// unit more than its gas: what is left is at least that unit as long as the gas suffices.
pub(super) fn fuel_for(gas: Gas) -> u64 {
    gas.0.saturating_add(1)
}

/// What is left of a call's gas when this much fuel is; nothing when it is overdrawn.
pub(super) fn gas_left(gas: Gas, fuel: u64) -> Option<Gas> {
    if fuel == 0 { None } else { gas.0.checked_sub(fuel_for(gas) - fuel).map(Gas) }
}

/// Copied bytes are paid for in instalments, as looking at the fuel costs more than most copies: at the latest when
/// this much is owed, and at the end of the call.
const MOST_OWED: u64 = 1 << 16;

/// Takes gas for copying bytes.
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

/// The gas that is left in the middle of a call.
pub(crate) fn left<E: Environment>(caller: &mut Caller<'_, Host<E>>) -> Result<Gas, wasmtime::Error> {
    settle_debt(caller)?;
    Ok(Gas(caller.get_fuel()?.saturating_sub(1)))
}

/// Takes gas in the middle of a call.
pub(crate) fn take<E: Environment>(caller: &mut Caller<'_, Host<E>>, gas: u64) -> Result<(), wasmtime::Error> {
    let left = left(caller)?;
    match left.0.checked_sub(gas) {
        Some(left) => Ok(caller.set_fuel(fuel_for(Gas(left)))?),
        None => {
            caller.set_fuel(0)?;
            Err(Stop::out_of_gas().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_authors_has_these_prices() {
        let page = include_str!("../../design/abi.md");
        for (what, gas) in [
            ("each byte that a host function copies", COPIED_BYTE),
            ("an event", EVENT),
            ("a nested call, beside what it uses", NESTED_CALL),
            ("each page of storage that the transaction changes", CHANGED_PAGE),
        ] {
            let (thousands, rest) = (gas.0 / 1_000, gas.0 % 1_000);
            let number = if thousands > 0 { format!("{thousands},{rest:03}") } else { rest.to_string() };
            let row = format!("| {what} | {number} |");
            assert!(page.contains(&row), "design/abi.md has no row {row}");
        }
    }
}
