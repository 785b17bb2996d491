//! The limits of a transaction to what it changes, and to the memory of its calls.

use super::*;
use crate::limits::{FREE_CALL_MEMORY_BYTES, FREE_CHANGED_PAGES, MAX_CALL_MEMORY_BYTES, MAX_CHANGED_PAGES};

/// Adds a number to a word of each of the first pages; `around` does so, calls `nested` of itself, and adds another number.
const ADDER: &str = r#"(module
  (import "vellum" "self_address" (func $me (param i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "storage" "memory" (memory $s 1))
  (memory $m (export "memory") 1)
  (data (memory $m) (i32.const 32) "addnothing")
  (func $add (export "add") (param $pages i32) (param $number i64) (local $at i32)
    (block (loop
      (br_if 1 (i32.eqz (local.get $pages)))
      (i64.store $s (local.get $at) (i64.add (i64.load $s (local.get $at)) (local.get $number)))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
      (br 0))))
  (func (export "nothing"))
  (func $nothing (result i32)
    (call $call (i32.const 0) (i32.const 35) (i32.const 7) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))
  (func (export "around") (param $pages i32) (param $first i64) (param $second i64) (result i32)
    (call $me (i32.const 0))
    (call $add (local.get $pages) (local.get $first))
    (call $add (local.get $pages) (local.get $second))
    (call $nothing))
  (func (export "below") (param $pages i32) (result i32)
    (call $me (i32.const 0))
    (i32.store $m (i32.const 64) (local.get $pages))
    (i64.store $m (i32.const 68) (i64.const 1))
    (drop (call $nothing))
    (call $call (i32.const 0) (i32.const 32) (i32.const 3) (i32.const 64) (i32.const 12) (i64.const 0) (i64.const 100000000))))"#;

fn adder() -> (Vm, Address) {
    let vm = vm_on(MemoryStore::new());
    let contract = deploy_with(&vm, ADDER, 0, 65_536);
    (vm, contract)
}

fn call(contract: Address, function: &str, arguments: &[Value]) -> Call {
    Call::new(contract, function).args(arguments).gas(Gas(1 << 40))
}

#[test]
fn a_transaction_changes_a_fixed_number_of_pages() {
    let (vm, contract) = adder();
    let most = MAX_CHANGED_PAGES as i32;
    let add = |pages| call(contract, "add", &[Value::I32(pages), Value::I64(1)]);
    assert_eq!(agreed(&vm, &add(most)).contracts[0].pages_changed, most as u32);
    let over = agreed(&vm, &add(most + 1));
    assert_eq!(halt_kind(&over), Some(HaltKind::Limit), "{over:?}");
    assert_eq!(agreed(&vm, &call(contract, "add", &[Value::I32(65_536), Value::I64(0)])).status, Status::Returned);
}

#[test]
fn pages_that_a_call_changes_back_before_a_nested_call_do_not_count() {
    let (vm, contract) = adder();
    let around = |second| call(contract, "around", &[Value::I32(40_000), Value::I64(1), Value::I64(second)]);
    let back = agreed(&vm, &around(-1));
    assert_eq!((result(&back), back.contracts[0].pages_changed), (0, 0));
    let changed = agreed(&vm, &around(1));
    assert_eq!(halt_kind(&changed), Some(HaltKind::Limit), "{changed:?}");
}

#[test]
fn a_callee_that_changes_too_many_pages_halts_alone() {
    let (vm, contract) = adder();
    let below = |pages| call(contract, "below", &[Value::I32(pages)]);
    let allowed = (MAX_CHANGED_PAGES - MAX_CHANGED_PAGES / 64 + FREE_CHANGED_PAGES) as i32;
    let within = agreed(&vm, &below(allowed));
    assert_eq!((result(&within), within.contracts[0].pages_changed), (0, allowed as u32));
    let over = agreed(&vm, &below(allowed + 1));
    assert_eq!((result(&over), over.contracts[0].pages_changed), (2, 0));
}

#[test]
fn own_memory_grows_as_far_as_the_callers_leave_room() {
    let vm = vm_on(MemoryStore::new());
    let code = r#"(module
      (import "vellum" "self_address" (func $me (param i32)))
      (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
      (import "vellum" "output_copy" (func $output (param i32 i32 i32)))
      (memory (export "memory") 1) (data (i32.const 32) "f")
      (func (export "f") (result i32)
        (call $me (i32.const 0))
        (if (i32.lt_s (memory.grow (i32.const 1023)) (i32.const 0)) (then (return (i32.const 0))))
        (if (call $call (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))
          (then (return (i32.const 1))))
        (call $output (i32.const 64) (i32.const 0) (i32.const 4))
        (i32.add (i32.const 1) (i32.load (i32.const 64)))))"#;
    let contract = deploy(&vm, code, 0);
    let each = (64 << 20) - FREE_CALL_MEMORY_BYTES;
    // Each call leaves its callee all but 1/64 of what it has left.
    let (mut left, mut calls) = (MAX_CALL_MEMORY_BYTES, 0);
    while left >= each {
        left -= each;
        left -= left.div_ceil(64);
        calls += 1;
    }
    assert_eq!(result(&agreed(&vm, &call(contract, "f", &[]))), calls);
}

#[test]
fn kept_machines_count_in_the_frame_budget() {
    let vm = vm_on(MemoryStore::new());
    let code = r#"(module (memory (export "memory") 1024) (data (i32.const 0) "a") (data (i32.const 67108863) "x")
      (func (export "f") (i32.store (i32.const 70000) (i32.const 1))))"#;
    let contract = deploy(&vm, code, 0);
    let _ = vm.run(&call(contract, "f", &[])).commit().unwrap();
    let kept = vm.shared.pool.kept_bytes();
    assert!((4096..1 << 20).contains(&kept), "{kept}: some pages, and not the whole memory");
    let idle = vm.idle();
    assert_eq!(idle.bytes, idle.kept_bytes);
}
