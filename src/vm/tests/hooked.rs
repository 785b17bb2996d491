//! A store in memory at which something happens just before it does what it is asked.

use std::fmt;
use std::sync::MutexGuard;

use super::*;
use crate::store::world::WorldChange;
use crate::store::{Account, Batch, CheckReport, LiveEvent, Mended, Snapshot, StoreError};
use crate::units::Version;

/// What is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Commit,
    Prune,
    World,
}

type Hook = Box<dyn Fn(&MemoryStore, Deed) + Send + Sync>;

/// The store.
pub(super) struct Hooked {
    inner: Arc<MemoryStore>,
    hook: Hook,
}

impl Hooked {
    pub(super) fn new(hook: impl Fn(&MemoryStore, Deed) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::new(), hook: Box::new(hook) })
    }

    fn before(&self, deed: Deed) -> &MemoryStore {
        (self.hook)(&self.inner, deed);
        &self.inner
    }
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooked")
    }
}

impl PageStore for Hooked {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        self.inner.snapshot()
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        self.inner.writer()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.before(Deed::Commit).commit(batch)
    }

    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError> {
        self.before(Deed::Prune).prune(address, version)
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        self.before(Deed::World).world_after(changed)
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

    fn commit_afresh(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.before(Deed::Commit).commit_afresh(batch)
    }
}

#[test]
fn no_moment_is_held_while_something_is_written() {
    let vms = [(); 2]
        .map(|()| vm_on(Hooked::new(|store, deed| assert!(deed == Deed::World || !store.is_held(), "{deed:?}"))));
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
