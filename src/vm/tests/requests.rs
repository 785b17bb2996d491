//! The arguments of nested calls, valid and invalid, and the gas that calls use.

use super::actor::actors;
use super::*;
use crate::units::Gas;

/// Passes its arguments to `call`, `call_static`, `emit` and `output_copy`.
const ASKER: &str = r#"(module
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "gas_left" (func $gas_left (result i64)))
  (memory (export "memory") 1) (data (i32.const 0) "runspinmissing\ff\fe")
  (func (export "ask") (param i32 i32 i32 i32 i32 i64 i64) (result i32)
    (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
    (call $call (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)))
  (func (export "ask_static") (param i32 i32 i32 i32 i32 i64) (result i32)
    (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
    (call $call_static (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)))
  (func (export "output") (param i32 i32 i32) (call $output_copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "emit") (param i32 i32 i32 i32)
    (call $emit (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i64.const 0)))
  (func (export "spend") (param $gas i64) (result i64) (local $before i64)
    (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
    (local.set $before (call $gas_left))
    (drop (call $call (i32.const 100) (i32.const 3) (i32.const 4) (i32.const 0) (i32.const 0) (i64.const 0) (local.get $gas)))
    (i64.sub (local.get $before) (call $gas_left))))"#;

#[test]
fn invalid_arguments_are_refused_and_a_call_that_cannot_start_is_a_status() {
    let (vm, contracts) = actors(1);
    let asker = deploy(&vm, ASKER, 3);
    let ask = |function: &str, arguments: &[i64], to: Address| {
        let exports = vm.now().unwrap().exports(&asker).unwrap();
        let arguments: Vec<Value> = exports[function]
            .params
            .iter()
            .zip(arguments)
            .map(|(ty, value)| match ty {
                crate::contract::ValueType::I32 => Value::I32(*value as i32),
                crate::contract::ValueType::I64 => Value::I64(*value),
            })
            .collect();
        let call = Call::new(asker, function).args(arguments).input(to.0).gas(Gas(10_000_000_000));
        vm.run(&call).dry().unwrap()
    };
    let outside = 65_536;
    for (arguments, word) in [
        ([outside - 19, 0, 3, 0, 0, 0, 0], "20 bytes at 65517"),
        ([100, outside, 3, 0, 0, 0, 0], "3 bytes at 65536"),
        ([100, 0, -1, 0, 0, 0, 0], "a name of 4294967295 bytes"),
        ([100, 14, 2, 0, 0, 0, 0], "UTF-8"),
        ([100, 0, 3, outside, 1, 0, 0], "1 bytes at 65536"),
        ([100, 0, 3, 0, -1, 0, 0], "4294967295 bytes of input"),
        ([100, 0, 3, -1, 1, 0, 0], "1 bytes at 4294967295"),
    ] {
        for function in ["ask", "ask_static"] {
            let Status::Halted(halt) = ask(function, &arguments, contracts[0]).status else { panic!("{arguments:?}") };
            assert_eq!(halt.kind, HaltKind::Vmcall);
            assert!(halt.message.contains(word), "{arguments:?}: {}", halt.message);
        }
    }
    for (arguments, word) in
        [([0, 0, 1], "output of 0 bytes"), ([0, -1, 0], "0 bytes at 4294967295"), ([outside, 0, 1], "at 65536")]
    {
        let Status::Halted(halt) = ask("output", &arguments, contracts[0]).status else { panic!("{arguments:?}") };
        assert!(halt.message.contains(word), "{arguments:?}: {}", halt.message);
    }
    for (arguments, word) in
        [([0, 5, 0, 0], "5 topics"), ([outside - 31, 1, 0, 0], "32 bytes at"), ([0, 0, 0, -1], "4294967295 bytes")]
    {
        let Status::Halted(halt) = ask("emit", &arguments, contracts[0]).status else { panic!("{arguments:?}") };
        assert!(halt.message.contains(word), "{arguments:?}: {}", halt.message);
    }
    // In order: no account; an account without code; an unknown export; more value than the balance; more gas than remains,
    // twice, which passes on the remaining gas.
    let call = |length: i64, value: i64, gas: i64| [100, if length == 7 { 7 } else { 0 }, length, 0, 0, value, gas];
    assert_eq!(ask("ask", &call(3, 0, 0), Address([1; 20])).results, [Value::I32(2)]);
    vm.fund(&Address([2; 20]), 5).unwrap();
    assert_eq!(ask("ask", &call(3, 0, 0), Address([2; 20])).results, [Value::I32(2)]);
    assert_eq!(ask("ask", &call(7, 0, 0), contracts[0]).results, [Value::I32(2)]);
    assert_eq!(ask("ask", &call(3, 1, 0), contracts[0]).results, [Value::I32(2)]);
    assert_eq!(ask("ask", &call(3, 0, i64::MAX), contracts[0]).results, [Value::I32(0)]);
    assert_eq!(ask("ask", &call(3, 0, -1), contracts[0]).results, [Value::I32(0)]);
}

#[test]
fn a_callee_that_halts_uses_all_its_gas_and_one_that_cannot_start_none() {
    let vm = vm_on(MemoryStore::new());
    let asker = deploy(&vm, ASKER, 0);
    let spinner = deploy(&vm, r#"(module (func (export "spin") (loop (br 0))))"#, 0);
    let spent = |gas: i64, to: Address| {
        let call = Call::new(asker, "spend").args([Value::I64(gas)]).input(to.0).gas(Gas(10_000_000));
        result(&vm.run(&call).dry().unwrap())
    };
    let nothing = spent(1, Address([1; 20]));
    assert_eq!(spent(100_000, Address([1; 20])), nothing, "no account");
    let visit = spent(1, spinner) - 1 - nothing;
    assert_eq!([1_000, 100_000].map(|gas| spent(gas, spinner) - nothing), [1_000, 100_000].map(|gas| visit + gas));
    // All but a 64th of the gas that remains after the price.
    let all = spent(0, spinner) - nothing;
    assert!((9_300_000..9_600_000).contains(&(all - visit)), "{all}");
    assert_eq!(spent(1 << 40, spinner) - nothing, all);
}
