//! Contracts that do one thing many times.

use std::fmt::Write;

/// Everything that the code of a row can use: imports `$name` for each host function, memories `$own` and `$storage`, a table `$t`, a
/// passive element segment `$e` and data segment `$data`, a global `$g`, functions `$leaf` and `$change`, and the locals below.
const HEAD: &str = r#"(module
  (import "storage" "memory" (memory $storage 16))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "panic" (func $panic (param i32 i32)))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "origin" (func $origin (param i32)))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "gas_left" (func $gas_left (result i64)))
  (import "vellum" "block_number" (func $block_number (result i64)))
  (import "vellum" "timestamp" (func $timestamp (result i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (import "svm" "mem_to_reg_copy" (func $mem_to_reg (param i32 i32 i32 i32 i32)))
  (import "svm" "reg_to_mem_copy" (func $reg_to_mem (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_reg" (func $read_reg (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_reg" (func $read_reg_6 (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read_6 (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write_6 (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_reg" (func $write_reg (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_reg" (func $write_reg_6 (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "reg_replace_byte" (func $replace_byte (param i32 i32 i32 i32)))
  (import "svm" "reg_read_be_i64" (func $reg_read (param i32 i32) (result i64)))
  (import "svm" "reg_write_be_i64" (func $reg_write (param i64 i32 i32)))
  (import "node" "vmcall_get_balance" (func $get_balance (param i32 i32) (result i64)))
  (import "node" "get_balance_from_reg" (func $get_balance_from_reg (param i32 i32) (result i64)))
"#;

/// Own memory and what lies in it: the contract's own address at 100, the input at 200, names of exports at 0.
const BODY: &str = r#"
  (memory $own (export "memory") 4)
  (data $data "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef") (data (memory $own) (i32.const 0) "atwxrpdeol2z")
  (table $t 4 funcref) (elem (table $t) (i32.const 0) func $leaf $leaf $leaf $leaf)
  (elem $e func $leaf $leaf $leaf $leaf)
  (global $g (mut i64) (i64.const 1))
  (func $leaf)
  (func $change (param $pages i32) (local $i i32)
    (loop $l
      (i64.store $storage (local.get $i) (i64.add (i64.load $storage (local.get $i)) (i64.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 4096)))
      (br_if $l (local.tee $pages (i32.sub (local.get $pages) (i32.const 1))))))
  (func (export "a"))
  (func (export "t") unreachable)
  (func (export "r") (call $revert (i32.const 0) (i32.const 0)))
  (func (export "p") (call $panic (i32.const 0) (i32.const 4)))
  (func (export "w") (param i32) (call $change (local.get 0)))
  (func (export "e") (param $n i32)
    (loop $l
      (call $emit (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0) (i64.const 0))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $revert (i32.const 0) (i32.const 0)))
  (func (export "o") (param $n i32) (call $return (i32.const 0) (local.get $n)))
  (func (export "d") (param $n i32) ;; Calls itself so deep.
    (call $self_address (i32.const 100))
    (i32.store $own (i32.const 40) (i32.sub (local.get $n) (i32.const 1)))
    (if (local.get $n) (then
      (drop (call $call (i32.const 100) (i32.const 6) (i32.const 1) (i32.const 40) (i32.const 4) (i64.const 0) (i64.const 0))))))
  (func (export "2") ;; Passes its input, whose first byte is the name of a function, to a call of this contract.
    (call $self_address (i32.const 100))
    (call $input_copy (i32.const 40) (i32.const 0) (call $input_len))
    (drop (call $call (i32.const 100) (i32.const 40) (i32.const 1) (i32.const 41) (i32.sub (call $input_len) (i32.const 1)) (i64.const 0) (i64.const 0))))
  (func (export "l") (loop (br 0)))
  (func (export "x") (param i32) (call $change (local.get 0)) unreachable)
"#;

/// A contract whose export `f` runs the code as often as its argument says, this often in each round, and the setup once before.
pub fn contract(extra: &str, setup: &str, code: &str, unrolled: usize) -> String {
    let mut text = format!("{HEAD}{BODY}{extra}");
    let _ = write!(
        text,
        "(func (export \"f\") (param $n i32)
           (local $i i32) (local $n2 i32) (local $c i32) (local $l i64) (local $f f32) (local $d f64) (local $v v128) (local $r funcref)
           (call $self_address (i32.const 100))
           (call $input_copy (i32.const 200) (i32.const 0) (call $input_len))
           {setup}
           (loop $round {} (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
           ;; What the code has computed is used.
           (global.set $g (i64.xor (local.get $l) (i64.reinterpret_f64 (local.get $d))))
           (v128.store $own (i32.const 4000) (local.get $v)) (f32.store $own (i32.const 4016) (local.get $f))
           (i32.store $own (i32.const 4020) (i32.add (local.get $i) (ref.is_null (local.get $r))))))",
        code.repeat(unrolled)
    );
    text
}
