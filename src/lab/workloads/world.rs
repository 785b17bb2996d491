//! A machine on a store of its own, with contracts to measure.

use std::path::Path;
use std::sync::Arc;

use crate::exec::{Call, Deployment, Receipt, Status, Trace, Value, Vm, VmBuilder};
use crate::lab::LabError;
use crate::paging::PagerKind;
use crate::store::{Durability, LmdbStore, MemoryStore, OpenOptions, PageStore};
use crate::units::{Address, Gas};

/// Gas of every call: more than any of them uses.
const GAS: Gas = Gas(1 << 40);

/// A machine of its own, so that no other contract's frames or records are in the way.
#[derive(Debug)]
pub struct World {
    vm: Vm,
}

impl World {
    /// On a store in memory.
    pub fn in_memory() -> Result<Self, LabError> {
        Self::in_memory_with(|builder| builder)
    }

    /// As `in_memory`, with settings of one's own.
    pub fn in_memory_with(set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        Self::on(set(Self::alone(MemoryStore::new())))
    }

    /// On LMDB in a directory, written without waiting for the disk.
    pub fn on_disk(directory: &Path) -> Result<Self, LabError> {
        Self::on_disk_with(directory, |builder| builder)
    }

    /// As `on_disk`, with settings of one's own.
    pub fn on_disk_with(directory: &Path, set: impl FnOnce(VmBuilder) -> VmBuilder) -> Result<Self, LabError> {
        let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
        let store = LmdbStore::open(directory, &options)
            .map_err(|source| LabError::Store { path: directory.to_owned(), source })?;
        Self::on(set(Self::alone(store)))
    }

    /// Compiled code is not kept on disk: a measurement leaves nothing behind.
    fn alone(store: Arc<dyn PageStore>) -> VmBuilder {
        Vm::builder(store).module_cache_dir(None)
    }

    fn on(builder: VmBuilder) -> Result<Self, LabError> {
        let vm = builder.build().map_err(vm_error("making the machine under test"))?;
        Ok(Self { vm })
    }

    /// Deploys a contract given as text, on storage of the usual size.
    pub fn deploy(&self, source: &str) -> Result<Address, LabError> {
        let deployed =
            self.vm.deploy(source.as_bytes(), &Deployment::default()).map_err(vm_error("deploying a contract"))?;
        Ok(deployed.address)
    }

    /// The machine.
    pub(in crate::lab) fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Runs a call and commits it.
    pub fn call(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.call(call).map_err(vm_error("calling a contract"))
    }

    /// Runs a call, discards it and says how it went.
    pub fn dry_run_traced(&self, call: &Call) -> Result<(Receipt, Trace), LabError> {
        self.vm.dry_run_traced(call).map_err(vm_error("calling a contract without commit"))
    }

    /// Runs a call and discards it.
    pub fn dry_run(&self, call: &Call) -> Result<Receipt, LabError> {
        self.vm.dry_run(call).map_err(vm_error("calling a contract without commit"))
    }
}

fn vm_error(attempted: &str) -> impl Fn(crate::exec::Error) -> LabError {
    move |source| LabError::Vm { attempted: attempted.to_owned(), source }
}

/// A call of an export with enough gas.
pub fn call(address: Address, function: &str, args: impl Into<Vec<Value>>, pager: PagerKind) -> Call {
    Call::new(address, function).args(args).gas(GAS).pager(pager)
}

/// The one i64 that a call gave; that it did not return is an error.
pub fn returned(what: &str, receipt: &Receipt) -> Result<i64, LabError> {
    match (&receipt.status, receipt.results.as_slice()) {
        (Status::Returned, &[Value::I64(result)]) => Ok(result),
        (status, results) => {
            Err(LabError::NotReturned { what: what.to_owned(), how: format!("{status:?} {results:?}") })
        }
    }
}
