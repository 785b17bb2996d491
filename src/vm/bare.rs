//! The base of the lab's measurements of nested calls: wasmtime alone makes an instance of the same module and calls it.
//!
//! Module, engine and memory creator are those of the VM. There is no transaction, no checkpoint and no limit.

use std::sync::Arc;

use wasmtime::{Instance, Linker, Module, Store, Val};

use super::error::Error;
use super::handle::Vm;
use crate::contract::{Checks, Compiled};
use crate::machine::{RuntimeError, imports};
use crate::paging::{Extent, Memories, PageTable, Region};
use crate::transaction::{TransactionError, contract_account};
use crate::units::Address;

/// An export of a contract whose code touches no storage. It must have no parameters and one i64 result.
#[derive(Debug)]
pub(crate) struct Bare {
    linker: Linker<()>,
    compiled: Arc<Compiled>,
    storage_module: Module,
    /// The memories of all instances; if `None`, each instance gets new ones.
    memories: Option<(Region, PageTable)>,
    function: String,
}

impl Bare {
    /// Prepares a contract of a VM, with the compiled code of the pager `soft`.
    pub(crate) fn new(vm: &Vm, contract: &Address, function: &str, keep_memories: bool) -> Result<Self, Error> {
        let memory = |source| TransactionError::Memory { contract: *contract, source };
        let snapshot = vm.shared.store.snapshot()?;
        let (account, code) = contract_account(&*snapshot, contract)?;
        let compiled = vm.shared.compiled(&*snapshot, contract, &code.hash, Checks::All)?;
        let extent = Extent::of(&compiled.metadata, code.max_pages);
        let place = compiled.metadata.storage.place();
        let memories = if keep_memories {
            Some((Region::new(extent, account.state).map_err(memory)?, PageTable::new(place).map_err(memory)?))
        } else {
            None
        };
        let mut linker = Linker::new(vm.shared.linker.engine());
        linker.define_unknown_imports_as_traps(&compiled.module).map_err(failed)?;
        let storage_module = vm.shared.storage_module(code.max_pages, place)?;
        Ok(Self { linker, compiled, storage_module, memories, function: function.to_owned() })
    }

    /// Makes an instance, calls it and drops it.
    pub(crate) fn run(&self) -> Result<i64, Error> {
        self.call().map_err(failed)
    }

    fn call(&self) -> wasmtime::Result<i64> {
        let mut store = Store::new(self.linker.engine(), ());
        store.set_fuel(u64::MAX)?;
        let pending = self.memories.as_ref().map(|(region, table)| Memories::lay_out(region, table));
        let storage = Instance::new(&mut store, &self.storage_module, &[])?;
        drop(pending);
        let imports = imports(&self.linker, &self.compiled, &mut store, Some(storage))?;
        let instance = Instance::new(&mut store, &self.compiled.module, &imports)?;
        let function = instance.get_func(&mut store, &self.function);
        let function = function.ok_or_else(|| wasmtime::Error::msg("the export is missing"))?;
        let mut results = [Val::I64(0)];
        function.call(&mut store, &[], &mut results)?;
        results[0].i64().ok_or_else(|| wasmtime::Error::msg("the export does not return an i64"))
    }
}

fn failed(error: wasmtime::Error) -> Error {
    RuntimeError::new("making a bare instance of a contract", &error).into()
}
