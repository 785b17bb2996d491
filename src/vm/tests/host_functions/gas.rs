//! The gas of calls of custom functions.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::*;

/// Calls the function directly, twice, or through a table.
const CODE: &str = r#"(module
  (import "own" "f" (func $f))
  (table funcref (elem $f))
  (func (export "none"))
  (func (export "direct") (call $f))
  (func (export "twice") (call $f) (call $f))
  (func (export "nothing_in_the_table") (drop (i32.const 0)))
  (func (export "by_the_table") (call_indirect (i32.const 0))))"#;

#[test]
fn a_custom_function_has_the_same_price_for_every_kind_of_call() {
    for price in [1, 20, 64, 65, 1_000, 100_000_000] {
        let (vm, contract) = vm_importing(price, |_: &mut HostCall<'_>| (), CODE);
        let used = |function| vm.run(&Call::new(contract, function)).dry().unwrap().gas_used.0;
        let direct = used("direct") - used("none");
        assert_eq!(direct, price + 2, "the price of the function and of the instruction");
        assert_eq!(used("twice") - used("none"), 2 * direct);
        assert_eq!(used("by_the_table") - used("nothing_in_the_table"), price + 4, "by the table at {price}");
    }
}

#[test]
fn a_call_needs_exactly_its_gas_and_does_not_run_without_it() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    for price in [64, 5_000] {
        let function = |_: &mut HostCall<'_>| {
            RUNS.fetch_add(1, Ordering::Relaxed);
        };
        let (vm, contract) = vm_importing(price, function, CODE);
        let call = Call::new(contract, "direct");
        let used = vm.run(&call).dry().unwrap().gas_used;
        assert_eq!(vm.run(&call.clone().gas(used)).dry().unwrap().status, Status::Returned);
        let runs = RUNS.load(Ordering::Relaxed);
        for less in [1, 50, used.0] {
            let receipt = vm.run(&call.clone().gas(Gas(used.0 - less))).dry().unwrap();
            assert_eq!(halt_kind(&receipt), Some(HaltKind::OutOfGas), "{less} less than {used}");
        }
        assert!(price == 64 || RUNS.load(Ordering::Relaxed) == runs, "the function ran without its price");
    }
}

#[test]
fn a_custom_function_uses_gas_for_charges_and_copies() {
    let code = r#"(module (import "own" "f" (func $f (param i64) (result i64)))
      (memory (export "memory") 1)
      (func (export "run") (param i64) (result i64) (call $f (local.get 0))))"#;
    let function = |call: &mut HostCall<'_>, gas: i64| -> Result<i64, Refusal> {
        let before = call.gas_left()?;
        call.charge(Gas(gas as u64))?;
        let bytes = call.memory_read(0, 100)?;
        call.memory_write(0, &bytes)?;
        assert_eq!(call.input()?, b"12345");
        Ok((before.0 - call.gas_left()?.0) as i64)
    };
    let (vm, contract) = vm_importing(1, function, code);
    let run = |gas| vm.run(&Call::new(contract, "run").args([Value::I64(gas)]).input("12345")).dry().unwrap();
    assert_eq!(result(&run(1_000)), 1_000 + 100 + 100 + 5);
    assert_eq!(run(1_000).gas_used.0 - run(0).gas_used.0, 1_000);
    assert_eq!(halt_kind(&run(i64::MAX)), Some(HaltKind::OutOfGas));
}

#[test]
fn a_custom_function_cannot_hide_that_the_gas_ran_out() {
    let code = r#"(module (import "own" "f" (func $f)) (import "storage" "memory" (memory 1))
      (import "vellum" "return" (func $return (param i32 i32)))
      (func (export "run") (i64.store (i32.const 0) (i64.const 1)) (call $f))
      (func (export "return") (call $f) (call $return (i32.const 0) (i32.const 0))))"#;
    let function = |call: &mut HostCall<'_>| {
        let charged = call.charge(Gas(u64::MAX));
        assert!(charged.is_err());
    };
    let (vm, contract) = vm_importing(1, function, code);
    for export in ["run", "return"] {
        let receipt = vm.run(&Call::new(contract, export)).commit().unwrap();
        assert_eq!((halt_kind(&receipt), stored(&vm, contract)), (Some(HaltKind::OutOfGas), 0));
    }
}

#[test]
fn calls_of_custom_functions_are_counted() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_importing(70, |_: &mut HostCall<'_>| (), CODE);
        let call = Call::new(contract, "twice").pager(pager);
        let (counted, trace) = vm.run(&call).trace(Detail::Counts).dry().unwrap();
        assert_eq!(trace.host_calls, [("own.f".to_owned(), 2)].into());
        assert_eq!(counted, vm.run(&call).dry().unwrap());
    }
}

#[test]
fn bytes_are_not_copied_without_enough_gas() {
    let code = r#"(module (import "own" "f" (func $f (result i64))) (memory (export "memory") 1024)
      (func (export "run") (result i64) (call $f)))"#;
    let times = Arc::new(Mutex::new(Vec::new()));
    let list = times.clone();
    let function = move |call: &mut HostCall<'_>| {
        let start = Instant::now();
        let read = call.memory_read(0, 64 << 20).map(|_| 0_i64);
        list.lock().unwrap().push(start.elapsed());
        read
    };
    let (vm, contract) = vm_importing(1, function, code);
    for _ in 0..20 {
        let receipt = vm.run(&Call::new(contract, "run").gas(Gas(60_000_000))).dry().unwrap();
        assert_eq!(halt_kind(&receipt), Some(HaltKind::OutOfGas));
    }
    // A copy of 64 MiB takes several milliseconds, a refusal microseconds.
    let fastest = times.lock().unwrap().iter().min().copied().unwrap();
    assert!(fastest < Duration::from_millis(1), "{fastest:?}");
}
