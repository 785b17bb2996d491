//! Call depth is the same with and without checks, and is restored on every exit of a function.

use wasmtime::Val;

use super::host::{Host, VARIANTS, Variant, on_a_large_stack};
use crate::contract::{Checks, names};
use crate::limits::{CALL_DEPTH, VALUES_PER_DEPTH_UNIT, WASM_STACK_BYTES};

const PREPARED: [Variant; 2] = [Variant::Prepared(Checks::None), Variant::Prepared(Checks::All)];

/// A function that counts and calls itself without end. It holds `locals` locals and at most four other values.
fn recursion(locals: u32, call: &str) -> Vec<u8> {
    let locals = "i64 ".repeat(locals as usize);
    let text = format!(
        r#"(module (import "storage" "memory" (memory 1))
            (global $count (mut i32) (i32.const 0))
            (table funcref (elem $deeper))
            (type $none (func))
            (func $deeper (export "deeper") (local {locals})
              (global.set $count (i32.add (global.get $count) (i32.const 1)))
              (i32.store (global.get $count) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
              {call}))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn endless_recursion_stops_at_the_same_depth() {
    on_a_large_stack(|| {
        for call in ["(call $deeper)", "(call_indirect (type $none) (i32.const 0))"] {
            for locals in [0, VALUES_PER_DEPTH_UNIT, 100 * VALUES_PER_DEPTH_UNIT] {
                let wasm = recursion(locals, call);
                let weight = 1 + locals / VALUES_PER_DEPTH_UNIT;
                for variant in PREPARED {
                    let mut host = Host::new(&wasm, variant, 1);
                    let outcome = host.call("deeper", &[]);
                    assert_eq!(outcome.result, Err("call depth".to_owned()), "{variant:?}");
                    let reached = host.exported_i32(&format!("{}0", names::GLOBAL_PREFIX));
                    assert_eq!(reached as u32, CALL_DEPTH / weight, "{variant:?} with {locals} locals");
                }
            }
        }
    });
}

#[test]
fn every_exit_restores_the_call_depth() {
    let wasm = wat::parse_str(
        r#"(module (import "storage" "memory" (memory 1))
            (func $nothing)
            (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
            (func (export "end") (param i32) (result i32) (call $leaf (local.get 0)))
            (func (export "return") (param i32) (result i32)
              (block (loop (if (call $leaf (local.get 0)) (then (return (i32.const 5))))))
              (i32.const 6))
            (func (export "return with more on the stack") (param i32) (result i32)
              (i32.const 1) (i64.const 2) (return (call $leaf (local.get 0))))
            (func (export "br") (param i32) (result i32)
              (block (call $nothing) (br 1 (local.get 0))) (i32.const 7))
            (func (export "br_if") (param i32) (result i32)
              (call $nothing) (i32.const 9) (br_if 0 (local.get 0)))
            (func (export "br_table") (param i32) (result i32)
              (block $inner (result i32) (call $nothing) (i32.const 3) (br_table 0 1 0 (local.get 0))) (drop) (i32.const 8))
            (func (export "two results") (param i32) (result i32 i64)
              (call $nothing)
              (if (local.get 0) (then (return (i32.const 1) (i64.const 2))))
              (i32.const 3) (i64.const 4))
            (func (export "dead end") (param i32) (result i32)
              (call $nothing) (return (local.get 0)) (return (i32.const 1)) (unreachable))
            (func (export "loop") (param i32) (result i32)
              (loop $again (call $nothing)
                (br_if $again (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
              (call $leaf (local.get 0))))"#,
    )
    .unwrap();
    let mut hosts = VARIANTS.map(|variant| Host::new(&wasm, variant, 1));
    let exports: Vec<String> =
        crate::contract::validate(&wasm, &crate::contract::Imports::default()).unwrap().exports.into_keys().collect();
    assert_eq!(exports.len(), 9);
    for name in &exports {
        for argument in [0, 1, 2, 77] {
            let [original, unchecked, checked] = hosts.each_mut().map(|host| host.call(name, &[Val::I32(argument)]));
            assert!(original.result.is_ok());
            assert_eq!(original.result, unchecked.result, "{name} of {argument}");
            assert_eq!(unchecked, checked, "{name} of {argument}");
            for host in &mut hosts[1..] {
                assert_eq!(host.exported_i32(names::DEPTH), CALL_DEPTH as i32, "after {name} of {argument}");
            }
        }
    }
}

#[test]
fn depth_is_taken_only_while_a_function_runs() {
    let wasm = wat::parse_str(
        r#"(module
            (func $calls (param i32) (if (local.get 0) (then (call $calls (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "often") (param i32)
              (loop $again
                (call $calls (i32.const 9))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
    )
    .unwrap();
    let mut host = Host::new(&wasm, Variant::Prepared(Checks::All), 1);
    assert!(host.call("often", &[Val::I32(CALL_DEPTH as i32)]).result.is_ok());
}

/// A recursion with the largest native frames: all values of the function are live across the call.
fn recursion_with_live_values(values: u32) -> Vec<u8> {
    let set: String =
        (0..values).map(|n| format!("(local.set {n} (v128.load offset={} (i32.const 0)))", n % 4000 * 16)).collect();
    let used: String =
        (0..values).map(|n| format!("(v128.store offset={} (i32.const 0) (local.get {n}))", n % 4000 * 16)).collect();
    let locals = "v128 ".repeat(values as usize);
    let text = format!(
        r#"(module (import "storage" "memory" (memory 1))
            (func $deeper (export "deeper") (local {locals}) {set} (call $deeper) {used}))"#
    );
    wat::parse_str(text).unwrap()
}

/// A recursion whose loop has invariant values, which the compiler may compute before the loop and keep.
fn recursion_with_invariants(count: u32) -> Vec<u8> {
    let stores: String = (0..count)
        .map(|n| format!("(v128.store (i32.const 0) (i64x2.splat (i64.mul (local.get $p) (i64.const {}))))", n + 3))
        .collect();
    let text = format!(
        r#"(module (import "storage" "memory" (memory 1))
            (func $deeper (export "deeper") (result i64) (local $p i64)
              (local.set $p (i64.load (i32.const 8)))
              (loop {stores} (drop (call $deeper)) {stores} (br_if 0 (i32.load (i32.const 16))))
              (local.get $p)))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn the_call_depth_ends_before_the_native_stack() {
    on_a_large_stack(|| {
        // Just below another unit of call depth, where a unit covers most values. A store's operands count, too.
        let live = [10, VALUES_PER_DEPTH_UNIT - 3, 8 * VALUES_PER_DEPTH_UNIT - 3].map(recursion_with_live_values);
        let invariant = [1, 9, 300, 2_000].map(recursion_with_invariants);
        for (number, wasm) in live.iter().chain(&invariant).enumerate() {
            for variant in PREPARED {
                let mut host = Host::with_stack(wasm, variant, 1, WASM_STACK_BYTES);
                assert_eq!(host.call("deeper", &[]).result, Err("call depth".to_owned()), "{variant:?} {number}");
            }
        }
    });
}
