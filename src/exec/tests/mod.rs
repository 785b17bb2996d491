//! Tests of whole transactions, on stores in memory.

mod accounts;
mod depth;
mod frames;
mod gas;
mod machines;
mod nested;

use std::sync::Arc;

use super::*;
use crate::paging::PagerKind;
use crate::store::{MemoryStore, PageStore};
use crate::units::{Address, ByteOffset};

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
    u64::from_le_bytes(vm.read(&contract, ByteOffset(0), 8).unwrap().try_into().unwrap())
}
