//! A contract that executes the script in its input.

use super::*;

/// Executes its input, one byte for each step:
///
/// ```text
/// '+'  adds 1 to the word at 0 (a store)          's'  adds 1 to a word of page 1 with slices
/// 'c'  calls the contract at the address in the next 20 bytes; the rest of the input is the callee's input
/// 'q'  does the same with a static call           'e'  emits an event with the word at 0 as data
/// 'b'  reads the balance of the address in the next 20 bytes
/// 'r'  returns    'v'  reverts    't'  traps
/// ```
/// At the end of the input it returns the word at 0, plus 1,000 times the status of its call.
pub(super) const ACTOR: &str = r#"(module
  (import "storage" "memory" (memory $s 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory $own (export "memory") 2)
  (data (memory $own) (i32.const 0) "run")
  (func (export "run") (result i64)
    (local $at i32) (local $end i32) (local $do i32) (local $came i32)
    (local.set $end (i32.add (i32.const 1024) (call $input_len)))
    (call $input_copy (i32.const 1024) (i32.const 0) (call $input_len))
    (local.set $at (i32.const 1024))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $do (i32.load8_u $own (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $do) (i32.const 43)) (then
        (i64.store $s (i32.const 0) (i64.add (i64.load $s (i32.const 0)) (i64.const 1)))))
      (if (i32.eq (local.get $do) (i32.const 115)) (then
        (call $read (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 512))
        (i64.store $own (i32.const 512) (i64.add (i64.load $own (i32.const 512)) (i64.const 1)))
        (call $write (i32.const 0) (i32.const 512) (i32.const 8) (i32.const 1) (i32.const 0))))
      (if (i32.eq (local.get $do) (i32.const 98)) (then
        (drop (call $balance_of (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 20)))))
      (if (i32.eq (local.get $do) (i32.const 101)) (then
        (i64.store $own (i32.const 512) (i64.load $s (i32.const 0)))
        (call $emit (i32.const 512) (i32.const 0) (i32.const 512) (i32.const 8) (i64.const 9))))
      (if (i32.eq (local.get $do) (i32.const 99)) (then
        (local.set $came (call $call (local.get $at) (i32.const 0) (i32.const 3)
          (i32.add (local.get $at) (i32.const 20))
          (i32.sub (local.get $end) (i32.add (local.get $at) (i32.const 20))) (i64.const 0) (i64.const 0)))
        (br $done)))
      (if (i32.eq (local.get $do) (i32.const 113)) (then
        (local.set $came (call $call_static (local.get $at) (i32.const 0) (i32.const 3)
          (i32.add (local.get $at) (i32.const 20))
          (i32.sub (local.get $end) (i32.add (local.get $at) (i32.const 20))) (i64.const 0)))
        (br $done)))
      (if (i32.eq (local.get $do) (i32.const 114)) (then (call $return (i32.const 1024) (i32.const 1))))
      (if (i32.eq (local.get $do) (i32.const 118)) (then (call $revert (i32.const 1024) (i32.const 2))))
      (if (i32.eq (local.get $do) (i32.const 116)) (then (unreachable)))
      (br $next)))
    (i64.add (i64.load $s (i32.const 0))
      (i64.mul (i64.extend_i32_u (local.get $came)) (i64.const 1000)))))"#;

/// Returns a script: numbers become the addresses of contracts, all other parts stay.
pub(super) fn script(contracts: &[Address], parts: &[&str]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| match part.parse::<usize>() {
            Ok(contract) => contracts[contract].0.to_vec(),
            Err(_) => part.as_bytes().to_vec(),
        })
        .collect()
}

pub(super) fn actors(count: u64) -> (Vm, Vec<Address>) {
    let vm = vm_on(MemoryStore::new());
    let contracts = (0..count).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
    (vm, contracts)
}

pub(super) fn word(vm: &Vm, contract: Address, at: u64) -> u64 {
    u64::from_le_bytes(vm.now().unwrap().read(&contract, ByteOffset(at), 8).unwrap().try_into().unwrap())
}
