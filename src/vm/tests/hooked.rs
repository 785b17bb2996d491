//! A store in memory with a hook that runs before some operations.

use std::fmt;
use std::sync::MutexGuard;

use super::*;
use crate::store::world::WorldChange;
use crate::store::{Account, Batch, CheckReport, LiveEvent, Mended, Snapshot, StoreError};
use crate::units::Version;

/// The operation before which the hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Commit,
    Prune,
    World,
}

type Hook = Box<dyn Fn(&MemoryStore, Operation) + Send + Sync>;

/// A store in memory with a hook.
pub(super) struct HookedStore {
    inner: Arc<MemoryStore>,
    hook: Hook,
}

impl HookedStore {
    pub(super) fn new(hook: impl Fn(&MemoryStore, Operation) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::new(), hook: Box::new(hook) })
    }

    fn before(&self, operation: Operation) -> &MemoryStore {
        (self.hook)(&self.inner, operation);
        &self.inner
    }
}

impl fmt::Debug for HookedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookedStore")
    }
}

impl PageStore for HookedStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.inner.snapshot()
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        self.inner.writer()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.before(Operation::Commit).commit(batch)
    }

    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError> {
        self.before(Operation::Prune).prune(address, version)
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        self.before(Operation::World).world_after(changed)
    }

    fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        self.inner.events()
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        self.inner.check()
    }

    fn mend(&self, address: &Address) -> Result<Mended, StoreError> {
        self.inner.mend(address)
    }

    fn commit_new_history(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.before(Operation::Commit).commit_new_history(batch)
    }
}

#[test]
fn no_snapshot_is_held_during_a_write() {
    let vms = [(); 2].map(|()| {
        vm_on(HookedStore::new(|store, operation| {
            assert!(operation == Operation::World || !store.is_held(), "{operation:?}")
        }))
    });
    let [vm, other] = &vms;
    let contract = deploy(vm, COUNTER, 0);
    vm.fund(&contract, 5).unwrap();
    for pager in PagerKind::available() {
        let _ = vm.run(&add(contract, 1).pager(pager)).commit().unwrap();
        let _ = vm.run(&add(contract, 1).pager(pager)).trace(Detail::Calls).commit().unwrap();
        let _ = vm.run(&add(contract, 1).pager(pager)).trace(Detail::Writes).commit().unwrap();
    }
    vm.execute_block(1, 0, &[add(contract, 1), add(contract, 2), Call::new(contract, "add_and_trap")]).unwrap();
    vm.rollback(&contract, Version(1)).unwrap();
    other.apply_diffs(&vm.export_diffs(&contract, None).unwrap().0).unwrap();
    vm.prune(&contract, Version(2)).unwrap();
    assert_eq!(
        vm.now().unwrap().account(&contract).unwrap().unwrap().state,
        other.now().unwrap().account(&contract).unwrap().unwrap().state
    );
}
