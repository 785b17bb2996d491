//! A machine whose environment is not a transaction.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::*;
use crate::contract::{Checks, ContractError, Imports, ModuleCache, StoragePlace};
use crate::paging::{Access, ContractPages, OwnMemory, PageTable, PagerKind, Region, Watch};
use crate::receipt::{Event, Halt, HaltKind, Value};
use crate::store::hash::code_hash;
use crate::store::{MemoryStore, PageStore};
use crate::units::{Address, Gas, PageBytes, PageCount, PageIndex, StateRoot};

/// An environment that returns constants, with the pages of one region that is never committed.
#[derive(Debug)]
struct Alone {
    region: Region,
    store: Arc<MemoryStore>,
    logs: Vec<Vec<u8>>,
    failed: Option<Halt>,
    ended: u32,
}

const ADDRESS: Address = Address([7; 20]);

impl Environment for Alone {
    fn address(&self) -> Address {
        ADDRESS
    }

    fn visit_price(&mut self, _: &Address, _: bool) -> Result<Gas, Stop> {
        Ok(Gas(0))
    }

    fn page_limit(&self) -> PageCount {
        self.region.limit()
    }

    fn origin(&self) -> Address {
        Address([8; 20])
    }

    fn block_number(&self) -> u64 {
        panic!("there are no blocks")
    }

    fn timestamp(&self) -> u64 {
        99
    }

    fn touch(&mut self, table: &mut PageTable, pages: Range<u32>, access: Access) -> Result<(), Stop> {
        let snapshot = self.store.snapshot().unwrap();
        let source = ContractPages { snapshot: &*snapshot, address: &ADDRESS };
        let soft = PagerKind::Soft.pager().unwrap();
        soft.touch(&mut self.region, table, pages, access, &source).unwrap();
        Ok(())
    }

    fn page(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&PageBytes, Stop> {
        self.touch(table, page.0..page.0 + 1, Access::Read)?;
        Ok(self.region.page(page))
    }

    fn page_mut(&mut self, table: &mut PageTable, page: PageIndex) -> Result<&mut PageBytes, Stop> {
        self.touch(table, page.0..page.0 + 1, Access::Write)?;
        Ok(self.region.page_mut(page))
    }

    fn bytes(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&[u8], Stop> {
        self.touch(table, 0..self.region.limit().0, Access::Read)?;
        Ok(self.region.bytes(range))
    }

    fn bytes_mut(&mut self, table: &mut PageTable, range: Range<usize>) -> Result<&mut [u8], Stop> {
        self.touch(table, 0..self.region.limit().0, Access::Write)?;
        Ok(self.region.bytes_mut(range))
    }

    fn own_memory(&mut self) -> &mut Option<OwnMemory> {
        self.region.own_memory()
    }

    fn balance(&mut self, _: &Address) -> Result<u64, Stop> {
        let halt = Halt { kind: HaltKind::Store, message: "there is no store of accounts".to_owned() };
        Err(self.fail(halt))
    }

    fn emit(&mut self, _: Event) -> Result<(), Stop> {
        Ok(())
    }

    fn log(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.logs.push(text.to_vec());
        Ok(())
    }

    fn call(_: &mut EnvironmentSlot<Self>, _: &OutgoingCall<'_>) -> Result<CallResult, Stop> {
        Ok(CallResult::halted(Halt { kind: HaltKind::Vmcall, message: "there are no other contracts".to_owned() }))
    }

    fn fail(&mut self, halt: Halt) -> Stop {
        self.failed = Some(halt.clone());
        Stop::Halt(Box::new(halt))
    }

    fn watch(&self) -> Option<Watch> {
        None
    }

    fn pause_call(&mut self, _: &PageTable) -> Result<(), Stop> {
        Ok(())
    }

    fn resume_call(&mut self, _: &mut PageTable) {}

    fn take_memory(&mut self, _: &str, _: usize) -> Result<(), Stop> {
        Ok(())
    }

    fn end_call(&mut self, table: &mut PageTable, _: u32) {
        self.ended += 1;
        table.clear_into(&mut Vec::new());
    }

    fn count_host_call(&mut self, _: &str) {}
}

const CODE: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "timestamp" (func $timestamp (result i64)))
  (import "vellum" "block_number" (func $block (result i64)))
  (import "vellum" "balance_of" (func $balance (param i32) (result i64)))
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (func (export "returns") (param i64) (result i64)
    (i64.store $storage (i32.const 8) (i64.add (i64.load $storage (i32.const 8)) (local.get 0)))
    (call $log (i32.const 0) (i32.const 3))
    (i64.add (call $timestamp) (i64.load $storage (i32.const 8))))
  (func (export "reverts") (call $revert (i32.const 0) (i32.const 1)))
  (func (export "traps") unreachable)
  (func (export "spins") (loop (br 0)))
  (func (export "asks_the_store") (drop (call $balance (i32.const 0))))
  (func (export "panics") (drop (call $block))))"#;

fn machine() -> (Machine<Alone>, EnvironmentSlot<Alone>) {
    let engine = engine().unwrap();
    let linker = crate::vmcalls::linker(&engine, Vec::new()).unwrap();
    let storage = wasmtime::Module::new(
        &engine,
        wat::parse_str(r#"(module (memory (export "memory") 1 1) (memory (export "table") 16 16))"#).unwrap(),
    )
    .unwrap();
    let modules = ModuleCache::new(engine, Imports::default(), None);
    let wasm = wat::parse_str(CODE).unwrap();
    let compiled = modules.get(&code_hash(&wasm), Checks::All, || Ok::<_, ContractError>(wasm.clone())).unwrap();
    let region = Region::new(PageCount(16).into(), StateRoot::ZERO).unwrap();
    let table = PageTable::new(StoragePlace::Apart).unwrap();
    let parts = Parts { linker: &linker, storage_module: &storage, compiled: &compiled, table, counted: false };
    let machine = Machine::new(parts, &region).unwrap();
    let store = MemoryStore::new();
    (machine, EnvironmentSlot::new(Box::new(Alone { region, store, logs: Vec::new(), failed: None, ended: 0 })))
}

fn incoming<'a>(function: &'a str, arguments: &'a [Value]) -> IncomingCall<'a> {
    let (caller, gas) = (Address([9; 20]), Gas(100_000));
    IncomingCall { function, arguments, input: &[], caller, value: 0, gas, depth: 100, read_only: false, nesting: 0 }
}

#[test]
fn code_runs_in_whatever_environment_is_lent_to_its_machine() {
    let (mut machine, mut slot) = machine();
    for (amount, expected) in [(1, 100), (4, 104)] {
        let result = machine.run(&mut slot, &incoming("returns", &[Value::I64(amount)])).unwrap();
        assert!(matches!(result.end, CallEnd::Returned(values) if values == [Value::I64(expected)]), "storage is kept");
        assert!(result.gas_left > Gas(0) && machine.restore());
    }
    assert_eq!((slot.logs.len(), slot.ended), (2, 2));
}

#[test]
fn an_environment_comes_back_however_the_call_ends() {
    let (mut machine, mut slot) = machine();
    let mut ended = 0;
    for (function, kind) in [
        ("reverts", None),
        ("traps", Some(HaltKind::Trap)),
        ("spins", Some(HaltKind::OutOfGas)),
        ("asks_the_store", Some(HaltKind::Store)),
    ] {
        let result = machine.run(&mut slot, &incoming(function, &[])).unwrap();
        match result.end {
            CallEnd::Reverted => assert_eq!(kind, None, "{function}"),
            CallEnd::Halted(halt) => assert_eq!(Some(halt.kind), kind, "{function}: {}", halt.message),
            CallEnd::Returned(_) => panic!("{function} returned"),
        }
        ended += 1;
        assert_eq!(slot.ended, ended, "{function}");
    }
    assert_eq!(slot.failed.as_ref().map(|halt| halt.kind), Some(HaltKind::Store));
    let absent = machine.run(&mut slot, &incoming("absent", &[])).unwrap_err();
    assert_eq!(absent.to_string(), "while running absent: its export is gone");
    assert_eq!(slot.address(), ADDRESS, "a failure of the host");
    let panicked = catch_unwind(AssertUnwindSafe(|| machine.run(&mut slot, &incoming("panics", &[])).map(drop)));
    assert_eq!(*panicked.unwrap_err().downcast_ref::<&str>().unwrap(), "there are no blocks");
    assert_eq!(slot.address(), ADDRESS, "a panic");
}
