//! What nested calls cost beside the gas that they use.

use super::*;
use crate::machine::PAGE_OF_CALL;

/// Calls a function of a contract, by an input of the address and one byte of a name, and returns the gas that the call took.
const CALLER: &str = r#"(module
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "gas_left" (func $left (result i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 1)
  (func $once (export "once") (result i64) (local $before i64)
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 21))
    (local.set $before (call $left))
    (drop (call $call (i32.const 0) (i32.const 20) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 60000)))
    (i64.sub (local.get $before) (call $left)))
  (func (export "twice") (result i64) (drop (call $once)) (call $once)))"#;

/// `n` does nothing, `w` changes two pages and writes a third, `u` does it and reverts, `t` traps.
const CALLEE: &str = r#"(module (import "storage" "memory" (memory 1))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (func $write (i32.store (i32.const 0) (i32.const 1)) (i32.store (i32.const 4096) (i32.const 1)) (i32.store (i32.const 8192) (i32.const 0)))
  (func (export "n"))
  (func (export "w") (call $write) (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 12288) (i32.const 1)))
  (func (export "u") (call $write) (call $revert (i32.const 0) (i32.const 0)))
  (func (export "t") unreachable))"#;

fn vm() -> (Vm, Address, Address) {
    let (vm, caller) = vm_with(CALLER);
    let callee = deploy(&vm, CALLEE, 1);
    (vm, caller, callee)
}

/// The gas of a call, the first one or the second one of a transaction.
fn cost(contracts: &(Vm, Address, Address), function: &str, name: u8) -> u64 {
    let (vm, caller, callee) = contracts;
    let input: Vec<u8> = callee.0.into_iter().chain([name]).collect();
    let receipt = agreed(vm, &Call::new(*caller, function).input(input));
    assert!(receipt.is_returned(), "{receipt:?}");
    result(&receipt) as u64
}

#[test]
fn the_first_call_of_a_contract_pays_for_the_visit() {
    let contracts = vm();
    let bytes = crate::contract::to_binary(CALLEE.as_bytes()).unwrap().len() as u64;
    assert_eq!(cost(&contracts, "once", b'n') - cost(&contracts, "twice", b'n'), 200_000 + 10 * bytes);
}

#[test]
fn a_call_that_returns_or_reverts_pays_for_the_pages_that_it_has_changed() {
    let contracts = vm();
    let nothing = cost(&contracts, "twice", b'n');
    for (name, pages) in [(b'u', 2), (b'w', 2)] {
        let used = cost(&contracts, "once", name) - cost(&contracts, "once", b'n');
        assert_eq!(used / PAGE_OF_CALL.0, pages, "{used}");
        assert!(used % PAGE_OF_CALL.0 < 100, "{used}");
    }
    // The second call changes nothing.
    assert!(cost(&contracts, "twice", b'w') - nothing < 100);
}

#[test]
fn a_call_that_halts_costs_its_caller_more() {
    let contracts = vm();
    assert_eq!(
        cost(&contracts, "twice", b't') - cost(&contracts, "twice", b'x'),
        60_000,
        "a call that does not begin costs the rest"
    );
    let nothing = cost(&contracts, "twice", b'n');
    let entry = 1;
    assert_eq!(cost(&contracts, "twice", b'x') + 2_500 + entry, nothing + 15_000);
}

#[test]
fn a_caller_that_could_not_pay_for_a_halt_halts() {
    let (vm, caller, callee) = vm();
    let input: Vec<u8> = callee.0.into_iter().chain([b'n']).collect();
    let call = Call::new(caller, "once").input(input);
    let used = agreed(&vm, &call).gas_used.0;
    let enough = agreed(&vm, &call.clone().gas(Gas(used + 15_000)));
    assert!(enough.is_returned(), "{enough:?}");
    let short = agreed(&vm, &call.gas(Gas(used + 10_000)));
    assert_eq!(halt_kind(&short), Some(HaltKind::OutOfGas));
}
