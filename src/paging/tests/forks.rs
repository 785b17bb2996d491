//! Children of a fork, which inherit a VM: they have no memory of its regions, and neither its locks nor its snapshots.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use memmap2::{MmapMut, MmapOptions};
use tempfile::TempDir;

use super::child::{self, CounterVm, Task, count, deploy};
use crate::paging::PagerKind;
use crate::receipt::Value;
use crate::store::{Access, Durability, LmdbStore, MemoryStore, OpenOptions, PageStore, StoreError};
use crate::units::Address;
use crate::vm::{Deployment, Error, Vm};

/// The tasks of this file, each run in its own process.
pub(super) const TASKS: &[Task] = &[
    ("call in a child", call_in_a_child),
    ("own memory in a child", own_memory_in_a_child),
    ("drop a VM in a child", drop_a_vm_in_a_child),
    ("a store in a child", || a_store_in_a_child(Durability::Synced)),
    ("a store in a child, through the map", || a_store_in_a_child(Durability::Async)),
];

/// Runs `task` in a forked child, and waits for its success.
fn in_a_child(task: impl FnOnce()) {
    // SAFETY: the parent's only other thread, the test runner's, waits, so the child may use locks and allocate.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let succeeds = catch_unwind(AssertUnwindSafe(task)).is_ok();
        // SAFETY: ends the child.
        unsafe { libc::_exit(if succeeds { 7 } else { 8 }) };
    }
    assert!(child > 0, "{}", std::io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: the pointer refers to the local status.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status:x}");
}

/// Maps the addresses that the regions of the parent had.
fn take_addresses() -> Vec<MmapMut> {
    (0..64).map(|_| MmapOptions::new().len(1 << 30).no_reserve_swap().map_anon().unwrap()).collect()
}

fn call_in_a_child() {
    let mut counter = CounterVm::new();
    counter.call_all();
    in_a_child(|| {
        let maps = take_addresses();
        counter.call_all();
        counter.call_all();
        in_a_child(|| counter.call_all());
        counter.call_all();
        assert!(maps.iter().all(|map| map[0] == 0 && map[map.len() - 1] == 0));
    });
    counter.call_all();
}

/// Counts in own memory, which is sealed between calls.
const OWN_MEMORY: &str = r#"(module (memory (export "memory") 20)
  (func (export "count") (param $pages i32) (param $apart i32) (result i64)
    (i64.store (i32.const 99992) (i64.add (i64.load (i32.const 99992)) (i64.const 1)))
    (i64.load (i32.const 99992))))"#;

fn own_memory_in_a_child() {
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
    let contract = vm.deploy(OWN_MEMORY.as_bytes(), &Deployment::default()).unwrap().address;
    let call = || {
        for pager in PagerKind::available().chain(PagerKind::available()) {
            let receipt = vm.run(&count(contract, 1, 1).pager(pager)).commit().unwrap();
            assert_eq!(receipt.results, [Value::I64(1)], "{pager}: {receipt:?}");
        }
    };
    call();
    in_a_child(call);
    call();
}

fn drop_a_vm_in_a_child() {
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
    let contract = deploy(&vm, 0);
    let call =
        || PagerKind::available().for_each(|pager| _ = vm.run(&count(contract, 20, 2).pager(pager)).dry().unwrap());
    call();
    let mut copy = Some(vm.clone());
    in_a_child(|| {
        let maps = take_addresses();
        drop(copy.take());
        // SAFETY: the child ends without using the VM that it has forgotten here.
        drop(unsafe { std::ptr::read(&raw const vm) });
        assert!(maps.iter().all(|map| map[0] == 0 && map[map.len() - 1] == 0));
    });
    call();
}

fn open(path: &Path, access: Access, durability: Durability) -> Result<Arc<LmdbStore>, StoreError> {
    LmdbStore::open(path, &OpenOptions { access, durability, ..OpenOptions::default() })
}

fn vm_over(store: Arc<LmdbStore>) -> Vm {
    Vm::builder(store).module_cache_dir(None).build().unwrap()
}

fn is_inherited<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Store(error)) if matches!(*error, StoreError::Inherited))
}

fn counted(vm: &Vm, contract: Address) -> i64 {
    let receipt = vm.run(&count(contract, 1, 1)).dry().unwrap();
    let [Value::I64(counted)] = receipt.results[..] else { panic!("{receipt:?}") };
    counted - 1
}

fn a_store_in_a_child(durability: Durability) {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    let store = open(path, Access::ReadWrite, durability).unwrap();
    let vm = vm_over(store.clone());
    let contract = deploy(&vm, 0);
    let commit = || assert!(vm.run(&count(contract, 20, 2)).commit().unwrap().is_returned());
    commit();
    let length = File::open(path.join("data.mdb")).unwrap().metadata().unwrap().len();
    let (view, held) = (vm.now().unwrap(), store.snapshot().unwrap());
    let mut inherited = Some((store.clone(), held));
    in_a_child(|| {
        let call = count(contract, 1, 1);
        assert!(is_inherited(vm.run(&call).commit()));
        assert!(is_inherited(vm.run(&call).dry()));
        assert!(is_inherited(view.run(&call).dry()));
        assert!(is_inherited(view.account(&contract)));
        assert!(is_inherited(vm.now()));
        let (store, held) = inherited.take().unwrap();
        assert!(matches!(held.moment(), Err(StoreError::Inherited)));
        assert!(matches!(held.stored_pages(&contract), Err(StoreError::Inherited)));
        assert!(matches!(store.writer(), Err(StoreError::Inherited)));
        assert!(matches!(open(path, Access::ReadWrite, durability), Err(StoreError::Locked { .. })));
        drop((store, held));
        // Opened again, the store is read as by any other process.
        let again = open(path, Access::ReadOnly, Durability::Synced).unwrap();
        let reader = vm_over(again.clone());
        assert_eq!(counted(&reader, contract), 1);
        drop((reader, again));
        assert_eq!(counted(&vm_over(open(path, Access::ReadOnly, Durability::Synced).unwrap()), contract), 1);
    });
    // The child has released neither the lock of the parent nor the slots of its snapshots, and has not cut its file.
    assert!(File::open(path.join("data.mdb")).unwrap().metadata().unwrap().len() >= length);
    in_a_child(|| assert!(matches!(open(path, Access::ReadWrite, durability), Err(StoreError::Locked { .. }))));
    (0..20).for_each(|_| commit());
    let receipt = view.run(&count(contract, 20, 2)).dry().unwrap();
    assert_eq!(receipt.results, [Value::I64(2)], "the snapshot still shows its moment");
    drop((view, inherited));
    assert!(store.check().unwrap().problems.is_empty());
    // A child that has the store of a parent opens it for writing once the parent has closed it.
    let lock = File::options().write(true).open(path.join("vellum.lock")).unwrap();
    assert!(lock.try_lock().is_err());
    drop((vm, store));
    in_a_child(|| assert_eq!(counted(&vm_over(open(path, Access::ReadWrite, durability).unwrap()), contract), 21));
}

#[test]
fn a_child_calls_contracts_with_memory_of_its_own() {
    child::succeed("call in a child");
    child::succeed("own memory in a child");
}

#[test]
fn a_child_that_drops_a_vm_unmaps_nothing_of_its_own() {
    child::succeed("drop a VM in a child");
}

#[test]
fn a_child_cannot_use_a_store_of_its_parent_and_does_not_disturb_it() {
    child::succeed("a store in a child");
    child::succeed("a store in a child, through the map");
}
