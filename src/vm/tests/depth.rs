//! Recursion ends at the call depth, which is the same under every pager, before the native stack ends.

use super::*;
use crate::limits::{CALL_DEPTH, VALUES_PER_DEPTH_UNIT};

/// A function that recurses `n` times. It holds as many vectors across the call as `units` units of call depth cover.
fn recursion_with_large_frames(units: u32) -> String {
    let count = (units - 1) * VALUES_PER_DEPTH_UNIT - 8;
    let mut fill = String::new();
    let mut fold = String::new();
    for local in 1..=count {
        fill += &format!(
            "(local.set {local} (i64x2.add (local.get {}) (i64x2.splat (i64.extend_i32_u (local.get 0)))))",
            local - 1 + u32::from(local == 1)
        );
        fold +=
            &format!("(local.set {local} (v128.xor (local.get {local}) (v128.load $s (i32.const {}))))", local * 16);
    }
    format!(
        r#"(module (import "storage" "memory" (memory $s 16)) (func $f (export "f") (param i32) (result i32)
             (local {locals}) {fill}
             (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
             (local.set 0 (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
             {fold} {store}
             (local.get 0)))"#,
        locals = "v128 ".repeat(count as usize),
        store =
            (1..=count).map(|l| format!("(v128.store $s (i32.const {}) (local.get {l}))", l * 16)).collect::<String>(),
    )
}

#[test]
fn the_deepest_recursion_of_small_frames_is_the_same_under_every_pager() {
    let code = r#"(module (import "storage" "memory" (memory 1))
      (func $f (export "f") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (i64.store (i32.const 0) (i64.extend_i32_u (local.get 0)))
        (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))))"#;
    let deepest = CALL_DEPTH as i32 - 1;
    let (vm, contract) = vm_with(code);
    for pager in PagerKind::available() {
        let recurse = |n| vm.run(&Call::new(contract, "f").args([Value::I32(n)]).pager(pager)).dry().unwrap();
        assert_eq!(result(&recurse(deepest)), i64::from(deepest));
        for n in [deepest + 1, 1 << 20, -1] {
            assert_eq!(halt_kind(&recurse(n)), Some(HaltKind::CallDepth));
        }
        assert_eq!(result(&recurse(5)), 5, "the counter is reset for the next call");
    }
}

#[test]
fn large_frames_reach_the_call_depth_before_the_native_limit() {
    for units in [2, 4, 12] {
        let (vm, contract) = vm_with(&recursion_with_large_frames(units));
        let halt = |pager| {
            let receipt = vm.run(&Call::new(contract, "f").args([Value::I32(1 << 30)]).pager(pager)).dry().unwrap();
            match receipt.status {
                Status::Halted(halt) => halt,
                other => panic!("{other:?}"),
            }
        };
        let outcomes: Vec<_> = PagerKind::available().map(halt).collect();
        for halt in &outcomes {
            assert_eq!(halt.kind, HaltKind::CallDepth, "{units} units for each frame: {halt:?}");
            assert!(halt.message.contains("units deep"), "the native limit came first: {halt:?}");
        }
    }
}

#[test]
fn recursion_through_a_table_and_between_functions_ends_at_the_call_depth() {
    let (vm, contract) = vm_with(
        r#"(module (type $t (func)) (table 1 funcref) (elem (i32.const 0) func $a)
          (func $a (export "a") (call $b)) (func $b (call_indirect (type $t) (i32.const 0))))"#,
    );
    assert_eq!(halt_kind(&vm.run(&Call::new(contract, "a")).commit().unwrap()), Some(HaltKind::CallDepth));
}
