//! A damaged record that a contract comes upon while it runs.

use tempfile::TempDir;

use super::damage::{Owned, entries, replace};
use super::*;
use crate::paging::PagerKind;
use crate::receipt::{Call, HaltKind, Receipt, Status, Value};
use crate::units::{Address, Gas, PageCount};
use crate::vm::{Deployment, Vm};

/// Adds up a variable of each of some pages.
const SUM: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (memory $own 1)
  (func (export "set") (param $at i32) (param $value i64) (i64.store $storage (local.get $at) (local.get $value)))
  (func (export "sum") (param $page i32) (param $pages i32) (result i64) (local $sum i64)
    (loop
      (local.set $sum (i64.add (local.get $sum)
        (i64.load $storage (i32.mul (local.get $page) (i32.const 4096)))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br_if 0 (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))
    (local.get $sum))
  (func (export "copy") (param $page i32) (param $pages i32) (result i64)
    (memory.copy $own $storage (i32.const 0) (i32.mul (local.get $page) (i32.const 4096))
      (i32.mul (local.get $pages) (i32.const 4096)))
    (i64.load $own (i32.const 0))))"#;

const PAGES: i32 = 12;
const DAMAGED: i32 = 6;

struct World {
    _directory: TempDir,
    store: Arc<LmdbStore>,
    vm: Vm,
    contract: Address,
}

impl World {
    /// A contract with a number in each page; the handlers of all pagers are installed, by another contract's regions.
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = open_async(directory.path());
        // Whatever is kept in memory was never damaged: so another machine writes.
        let vm = || Vm::builder(store.clone()).module_cache_dir(None).build().unwrap();
        let (writer, vm) = (vm(), vm());
        let deploy = |nonce| {
            let deployment = Deployment { nonce, max_pages: Some(PageCount(64)), ..Deployment::default() };
            writer.deploy(SUM.as_bytes(), &deployment).unwrap().address
        };
        let (contract, other) = (deploy(0), deploy(1));
        for page in 0..PAGES {
            let args = [Value::I32(page * 4096), Value::I64(1 << page)];
            let _ = writer.run(&Call::new(contract, "set").args(args)).commit().unwrap();
        }
        for pager in PagerKind::available() {
            assert_eq!(vm.run(&call(other, "sum", 0, PAGES, pager)).dry().unwrap().results, [Value::I64(0)]);
        }
        Self { _directory: directory, store: store.clone(), vm, contract }
    }

    /// The record of the page that is to be damaged.
    fn record(&self) -> Owned {
        let entries = entries(&self.store, "page").into_iter();
        let mut own = entries.filter(|(key, _)| layout::owner(key) == Some(self.contract));
        own.nth(DAMAGED as usize).unwrap()
    }

    fn sum(&self, page: i32, pages: i32, pager: PagerKind) -> Receipt {
        self.vm.run(&call(self.contract, "sum", page, pages, pager)).dry().unwrap()
    }
}

fn call(contract: Address, function: &str, page: i32, pages: i32, pager: PagerKind) -> Call {
    Call::new(contract, function).args([Value::I32(page), Value::I32(pages)]).pager(pager).gas(Gas(1 << 30))
}

#[test]
fn a_damaged_page_halts_the_call_that_touches_it_and_no_other() {
    for pager in PagerKind::available() {
        for function in ["sum", "copy"] {
            let world = World::new();
            let record = world.record();
            let mut damaged = record.clone();
            damaged.1[0] ^= 1;
            replace(&world.store, &record.0, Some(&damaged));
            let whole = || world.vm.run(&call(world.contract, function, 0, PAGES, pager)).dry();
            if matches!(pager, PagerKind::Eager | PagerKind::Resident) {
                // They read all of it, before there is a call.
                let error = whole().unwrap_err();
                assert!(error.to_string().contains("page 6 of contract"), "{pager}: {error}");
            } else {
                for _ in 0..3 {
                    match whole().unwrap().status {
                        Status::Halted(halt) => {
                            assert_eq!(halt.kind, HaltKind::Store, "{pager}: {halt:?}");
                            assert!(halt.message.contains("page 6 of contract"), "{pager}: {halt:?}");
                        }
                        status => panic!("{pager}: {status:?}"),
                    }
                    // In order, so that a window of pages reaches for the damaged one.
                    assert_eq!(world.sum(0, DAMAGED, pager).results, [Value::I64((1 << DAMAGED) - 1)], "{pager}");
                }
            }
            replace(&world.store, &record.0, Some(&record));
            assert_eq!(world.sum(0, PAGES, pager).results, [Value::I64((1 << PAGES) - 1)], "{pager}");
        }
    }
}
