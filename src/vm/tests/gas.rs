//! Gas is a function of the code as deployed, of the bytes that host functions copied and of the changed pages.

use super::*;
use crate::machine::CHANGED_PAGE;
use crate::units::Gas;

#[test]
fn a_call_needs_exactly_the_gas_that_it_uses() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(COUNTER);
        let call = add(contract, 1).pager(pager);
        let used = vm.run(&call).dry().unwrap().gas_used;
        let enough = vm.run(&call.clone().gas(used)).dry().unwrap();
        assert_eq!((enough.status, enough.gas_used), (Status::Returned, used));
        for gas in [used.0 - 1, used.0 - CHANGED_PAGE.0, 1, 0] {
            let receipt = vm.run(&call.clone().gas(Gas(gas))).commit().unwrap();
            assert_eq!(halt_kind(&receipt), Some(HaltKind::OutOfGas), "{gas} of {used}");
            assert_eq!((receipt.gas_used, receipt.commit), (Gas(gas), None), "a halt uses all gas");
            assert_eq!(stored(&vm, contract), 0);
        }
    }
}

#[test]
fn the_maximum_amount_of_gas_is_accepted() {
    let (vm, contract) = vm_with(COUNTER);
    let used = vm.run(&add(contract, 1)).dry().unwrap().gas_used;
    assert_eq!(vm.run(&add(contract, 1).gas(Gas(u64::MAX))).dry().unwrap().gas_used, used);
}

#[test]
fn gas_does_not_depend_on_the_pager_or_on_faults() {
    let (vm, contract) = vm_with(COUNTER);
    let cold = vm.run(&add(contract, 1)).dry().unwrap().gas_used;
    let warm = vm.run(&add(contract, 1)).dry().unwrap().gas_used;
    let eager = vm.run(&add(contract, 1).pager(PagerKind::Eager)).dry().unwrap().gas_used;
    assert_eq!((cold, cold), (warm, eager));
}

#[test]
fn only_changed_pages_cost_gas() {
    let (vm, contract) = vm_with(COUNTER);
    let put = |at, value| Call::new(contract, "put").args([Value::I32(at), Value::I64(value)]);
    let none = vm.run(&put(0, 0)).commit().unwrap().gas_used.0;
    assert_eq!(vm.run(&put(0, 1)).commit().unwrap().gas_used.0, none + CHANGED_PAGE.0);
    assert_eq!(vm.run(&put(4092, -1)).commit().unwrap().gas_used.0, none + 2 * CHANGED_PAGE.0);
}

#[test]
fn a_revert_returns_the_remaining_gas_and_a_halt_none() {
    let (vm, contract) = vm_with(COUNTER);
    let gas = Gas(1_000_000);
    let reverted = vm.run(&Call::new(contract, "add_and_revert").gas(gas)).commit().unwrap();
    assert!(reverted.gas_used.0 - price_before(COUNTER) < 1_000, "{reverted:?}");
    assert_eq!(vm.run(&Call::new(contract, "add_and_trap").gas(gas)).commit().unwrap().gas_used, gas);
}

#[test]
fn a_copied_byte_costs_the_same_with_a_slice_and_a_bulk_instruction() {
    let (vm, contract) = vm_with(
        r#"(module
          (import "storage" "memory" (memory $s 1))
          (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
          (memory $own (export "memory") 1)
          (func (export "slice") (param i32)
            (call $read (i32.const 0) (i32.const 0) (local.get 0) (i32.const 0) (i32.const 0)))
          (func (export "bulk") (param i32)
            (memory.copy $own $s (i32.const 0) (i32.const 0) (local.get 0))))"#,
    );
    let gas = |function: &str, bytes| {
        let call = Call::new(contract, function).args([Value::I32(bytes)]);
        vm.run(&call).dry().unwrap().gas_used.0
    };
    for function in ["slice", "bulk"] {
        assert_eq!(gas(function, 4_000) - gas(function, 1_000), 3_000, "{function}");
    }
}

#[test]
fn gas_left_decreases_as_gas_is_used() {
    let (vm, contract) = vm_with(
        r#"(module (import "vellum" "gas_left" (func $left (result i64)))
          (func (export "left") (result i64) (call $left))
          (func (export "spent") (result i64) (i64.sub (call $left) (call $left))))"#,
    );
    let receipt = vm.run(&Call::new(contract, "left").gas(Gas(500_000))).commit().unwrap();
    let left = result(&receipt);
    assert!(left <= 500_000 && left >= 500_000 - receipt.gas_used.0 as i64, "{left} left, {receipt:?}");
    assert!(result(&vm.run(&Call::new(contract, "spent")).commit().unwrap()) > 0);
}

#[test]
fn gas_left_never_comes_to_be_negative() {
    let (vm, contract) = vm_with(
        r#"(module (import "vellum" "gas_left" (func $left (result i64)))
          (func (export "left") (result i64) (call $left)))"#,
    );
    let left = |gas| result(&vm.run(&Call::new(contract, "left").gas(Gas(gas))).dry().unwrap());
    let most = i64::MAX as u64;
    let used = most as i64 - left(most);
    assert!(used > 0, "{used}");
    for (gas, expected) in [
        (u64::MAX, i64::MAX),
        (most + used as u64 + 1_000, i64::MAX),
        (most + used as u64, i64::MAX),
        (most - 1, i64::MAX - 1 - used),
    ] {
        assert_eq!(left(gas), expected, "{gas}");
    }
}

#[test]
fn a_call_that_traps_and_runs_out_of_gas_halts_alike_under_every_pager() {
    let code = r#"(module (import "storage" "memory" (memory $s 1 1))
          (import "svm" "storage_read_to_reg" (func $read (param i32 i32 i32 i32 i32)))
          (func (export "f")
            (call $read (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 512) (i32.const 0))
            (memory.copy $s $s (i32.const 0) (i32.const 65537) (i32.const 0))))"#;
    let (vm, contract) = vm_with(code);
    let before = price_before(code);
    for gas in (before - 2)..before + 120 {
        let halts: Vec<_> = PagerKind::available()
            .map(|pager| halt_kind(&vm.run(&Call::new(contract, "f").gas(Gas(gas)).pager(pager)).dry().unwrap()))
            .collect();
        assert!(halts.iter().all(|halt| *halt == halts[0]), "with {gas} gas: {halts:?}");
    }
}

#[test]
fn a_bulk_instruction_without_enough_gas_touches_no_page() {
    let code = r#"(module (import "storage" "memory" (memory $s 1))
          (func (export "fill") (param i32) (memory.fill $s (i32.const 0) (i32.const 1) (local.get 0))))"#;
    let (vm, contract) = vm_with(code);
    let fill = |length: i32, gas| {
        let call = Call::new(contract, "fill").args([Value::I32(length)]).gas(Gas(price_before(code) + gas));
        let (soft, trace) = vm.run(&call).trace(Detail::Calls).dry().unwrap();
        let eager = vm.run(&call.pager(PagerKind::Eager)).dry().unwrap();
        assert_eq!((&soft.status, soft.gas_used), (&eager.status, eager.gas_used), "{length} bytes");
        (halt_kind(&soft), trace.frames[0].pages_written.unwrap())
    };
    assert_eq!(fill(1 << 28, 1_000), (Some(HaltKind::OutOfGas), 0));
    assert_eq!(fill(5_000, 4_000), (Some(HaltKind::OutOfGas), 0));
    assert_eq!(fill(5_000, 1_000_000), (None, 2));
    for gas in 5_070..5_110 {
        fill(5_000, gas + 2 * CHANGED_PAGE.0);
        fill(5_000, gas);
    }
}

#[test]
fn empty_log_texts_count_towards_the_limit() {
    let (vm, contract) = vm_with(
        r#"(module (import "vellum" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
          (func (export "f") (loop (call $log (i32.const 0) (i32.const 0)) (br 0))))"#,
    );
    let receipt = vm.run(&Call::new(contract, "f")).commit().unwrap();
    assert_eq!(halt_kind(&receipt), Some(HaltKind::Limit));
    assert!(receipt.logs.len() < 10_000);
}

#[test]
fn a_call_pays_for_its_visit_and_instance() {
    let large = r#"(module (import "storage" "memory" (memory 1)) (memory 6) (data (memory 1) (i32.const 4090) "0123456789") (data "")
      (table 5 funcref) (elem (table 0) (i32.const 0) func $f $f) (global (mut i64) (i64.add (i64.const 1) (i64.const 2)))
      (func $f (export "f")))"#;
    // Two memories, a table, three instructions of a global, two elements, three segments and two instructions of their offsets, two
    // pages of the image, four small wasm pages and two others.
    let instance = 2 * 2_500 + 2_500 + 3 * 200 + 2 * 60 + (3 + 2) * 50 + 2 * 2_000 + 4 * 2_000 + 2 * 50_000;
    for (code, instance) in [(r#"(module (func (export "f")))"#, 0), (large, instance)] {
        let (vm, contract) = vm_with(code);
        let bytes = crate::contract::to_binary(code.as_bytes()).unwrap().len() as u64;
        let receipt = agreed(&vm, &Call::new(contract, "f"));
        assert_eq!(receipt.gas_used.0, 200_000 + 10 * bytes + instance + 1, "{code}");
        let short = agreed(&vm, &Call::new(contract, "f").gas(Gas(receipt.gas_used.0 - 2)));
        assert_eq!(halt_kind(&short), Some(HaltKind::OutOfGas));
    }
}

#[test]
fn memory_that_grows_costs_what_a_large_one_costs() {
    let (vm, contract) =
        vm_with(r#"(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#);
    let used = |pages| agreed(&vm, &Call::new(contract, "f").args([Value::I32(pages)])).gas_used.0;
    assert_eq!(used(3) - used(0), 3 * (255 + 2_000));
    assert_eq!(used(5) - used(3), 2 * (255 + 50_000));
    let short = agreed(&vm, &Call::new(contract, "f").args([Value::I32(5)]).gas(Gas(used(5) - 1)));
    assert_eq!(halt_kind(&short), Some(HaltKind::OutOfGas));
}
