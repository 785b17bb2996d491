//! Tests of whole transactions, on stores in memory.

mod accesses;
mod accounts;
mod actor;
mod arguments;
mod blocks;
mod bounds;
mod call_prices;
mod crowd;
mod damaged_pages;
mod depth;
mod failures;
mod frames;
mod gas;
mod history;
mod hooked;
mod host_functions;
mod inside;
mod intrinsics;
mod machines;
mod measured;
mod nested;
mod panics;
mod proofs;
mod requests;
mod transfer;
mod windows;

use std::sync::Arc;

use super::*;
use crate::machine::{instance_price, visit_price};
use crate::paging::PagerKind;
use crate::receipt::{Call, Detail, HaltKind, Receipt, Status, Value};
use crate::store::{MemoryStore, PageStore};
use crate::units::{Address, ByteOffset, Gas, PageCount, PageIndex};

/// One variable at 0 and one at the end of the first page; functions that fail after writing.
const COUNTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (func $add (export "add") (param i64) (result i64)
    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (local.get 0)))
    (i64.load (i32.const 0)))
  (func (export "get") (result i64) (i64.load (i32.const 0)))
  (func (export "put") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "at") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "add_and_trap") (drop (call $add (i64.const 1))) unreachable)
  (func (export "add_and_revert") (drop (call $add (i64.const 1))) (call $revert (i32.const 0) (i32.const 0)))
  (func (export "add_and_spin") (drop (call $add (i64.const 1))) (loop (br 0))))"#;

/// Adds up one variable on each of several pages. If `$value` is not zero, it also sets each variable to it.
const SWEEP: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (memory $own (export "memory") 2)
  (func (export "sweep") (param $page i32) (param $count i32) (param $stride i32) (param $value i64) (result i64)
    (local $at i32) (local $sum i64)
    (local.set $at (i32.add (i32.mul (local.get $page) (i32.const 4096)) (i32.const 8)))
    (block (loop
      (br_if 1 (i32.eqz (local.get $count)))
      (local.set $sum (i64.add (local.get $sum) (i64.load $storage (local.get $at))))
      (if (i64.ne (local.get $value) (i64.const 0)) (then (i64.store $storage (local.get $at) (local.get $value))))
      (local.set $at (i32.add (local.get $at) (i32.mul (local.get $stride) (i32.const 4096))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br 0)))
    (local.get $sum))
  (func (export "copy_out_and_fill") (param $page i32) (param $count i32) (param $value i64) (result i64)
    (local $from i32) (local $length i32)
    (local.set $from (i32.mul (local.get $page) (i32.const 4096)))
    (local.set $length (i32.mul (local.get $count) (i32.const 4096)))
    (memory.copy $own $storage (i32.const 0) (local.get $from) (local.get $length))
    (memory.fill $storage (local.get $from) (i32.wrap_i64 (local.get $value)) (local.get $length))
    (i64.load8_u $own (i32.sub (local.get $length) (i32.const 1)))))"#;

/// Returns a call of the export `sweep` of [`SWEEP`].
fn sweep(contract: Address, page: u32, count: u32, stride: u32, value: i64) -> Call {
    let [page, count, stride] = [page, count, stride].map(|number| Value::I32(number as i32));
    Call::new(contract, "sweep").args([page, count, stride, Value::I64(value)]).gas(Gas(1 << 40))
}

/// Returns the receipt of a dry run, and checks that it is the same under every pager.
fn agreed(vm: &Vm, call: &Call) -> Receipt {
    let run = |pager| vm.run(&call.clone().pager(pager)).dry().unwrap();
    let soft = run(PagerKind::Soft);
    for pager in PagerKind::available() {
        assert_eq!(run(pager), soft, "{pager} and soft differ");
    }
    soft
}

fn deploy_with(vm: &Vm, code: &str, nonce: u64, pages: u32) -> Address {
    let deployment = Deployment { nonce, max_pages: Some(PageCount(pages)), ..Deployment::default() };
    vm.deploy(code.as_bytes(), &deployment).unwrap().address
}

fn vm_on(store: Arc<dyn PageStore>) -> Vm {
    Vm::builder(store).module_cache_dir(None).build().unwrap()
}

fn vm_with(code: &str) -> (Vm, Address) {
    let vm = vm_on(MemoryStore::new());
    let address = deploy(&vm, code, 0);
    (vm, address)
}

fn deploy(vm: &Vm, code: &str, nonce: u64) -> Address {
    vm.deploy(code.as_bytes(), &Deployment { nonce, ..Deployment::default() }).unwrap().address
}

/// Returns the gas that a top-level call of a contract costs before it runs.
fn price_before(code: &str) -> u64 {
    let wasm = crate::contract::to_binary(code.as_bytes()).unwrap();
    let metadata = crate::contract::validate(&wasm, &crate::contract::Imports::default()).unwrap();
    visit_price(wasm.len()).0 + instance_price(&metadata).0
}

fn add(contract: Address, amount: i64) -> Call {
    Call::new(contract, "add").args([Value::I64(amount)])
}

fn result(receipt: &Receipt) -> i64 {
    match receipt.results[..] {
        [Value::I64(value)] => value,
        [Value::I32(value)] => value.into(),
        _ => panic!("not one result: {receipt:?}"),
    }
}

fn halt_kind(receipt: &Receipt) -> Option<HaltKind> {
    match &receipt.status {
        Status::Halted(halt) => Some(halt.kind),
        _ => None,
    }
}

fn stored(vm: &Vm, contract: Address) -> u64 {
    u64::from_le_bytes(vm.now().unwrap().read(&contract, ByteOffset(0), 8).unwrap().try_into().unwrap())
}
