//! The parts of a VM that all its transactions share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{Linker, Module};

use super::error::TransactionError;
use super::lookup::stored_code;
use super::pool::Pool;
use super::visit::{Handle, Visit};
use crate::contract::{self, Checks, Compiled, ModuleCache, StoragePlace};
use crate::limits::MAX_STORAGE_PAGES;
use crate::machine::{Environment, Host, RuntimeError};
use crate::paging::{Extent, Pager, PagerKind};
use crate::store::{Account, Code, PageStore, Snapshot};
use crate::units::{Address, CodeHash, PageCount, STORAGE_PAGES_PER_WASM_PAGE};

/// The most storage modules that are kept. There can be one for each page limit.
const MOST_STORAGE_MODULES: usize = 256;

/// The store, the compiled code and the pool.
#[derive(Debug)]
pub(crate) struct Shared<E: 'static> {
    pub(crate) store: Arc<dyn PageStore>,
    pub(crate) linker: Linker<Host<E>>,
    pub(crate) pool: Pool<E>,
    pub(crate) modules: ModuleCache,
    fault_window: PageCount,
    /// By page limit and place of storage, the module that defines the storage memory and a page table.
    storage_modules: Mutex<HashMap<(PageCount, StoragePlace), Module>>,
}

/// The limits of an embedder on paging.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PagingLimits {
    /// The memory of all kept frames, page trees and machines, in frames.
    pub(crate) frame_budget: PageCount,
    /// The most pages that one fault brings in.
    pub(crate) fault_window: PageCount,
}

impl<E: Environment> Shared<E> {
    /// Shared parts with an empty pool.
    pub(crate) fn new(
        store: Arc<dyn PageStore>,
        linker: Linker<Host<E>>,
        modules: ModuleCache,
        PagingLimits { frame_budget, fault_window }: PagingLimits,
    ) -> Self {
        let (pool, storage_modules) = (Pool::new(frame_budget), Mutex::default());
        Self { store, linker, pool, modules, fault_window, storage_modules }
    }

    /// The compiled code of a contract, from the cache or compiled from the store.
    pub(crate) fn compiled(
        &self,
        snapshot: &dyn Snapshot,
        contract: &Address,
        hash: &CodeHash,
        checks: Checks,
    ) -> Result<Arc<Compiled>, TransactionError> {
        self.modules.get(hash, checks, || Ok(stored_code(snapshot, contract, hash)?))
    }

    /// The module that defines a storage memory of this size, with all that lies in front of the storage, and a page table.
    pub(crate) fn storage_module(&self, limit: PageCount, place: StoragePlace) -> Result<Module, TransactionError> {
        let mut modules = self.storage_modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(&(limit, place)) {
            return Ok(module.clone());
        }
        let size = (place.base() >> 16) + limit.0 / STORAGE_PAGES_PER_WASM_PAGE;
        let table = MAX_STORAGE_PAGES.0 as usize >> 16;
        let text =
            format!(r#"(module (memory (export "memory") {size} {size}) (memory (export "table") {table} {table}))"#);
        let module = contract::to_binary(text.as_bytes()).map_err(TransactionError::from).and_then(|wasm| {
            Module::new(self.linker.engine(), &wasm)
                .map_err(|error| RuntimeError::new("compiling the module of a storage memory", &error).into())
        })?;
        if modules.len() == MOST_STORAGE_MODULES {
            modules.clear();
        }
        modules.insert((limit, place), module.clone());
        Ok(module)
    }

    /// Visits a contract: takes its region and machines from the pool and brings them up to date with the snapshot, or makes a
    /// new region.
    pub(super) fn visit(
        &self,
        snapshot: &dyn Snapshot,
        contract: Address,
        account: Account,
        code: Code,
        kind: PagerKind,
        pager: &dyn Pager,
    ) -> Result<Handle<E>, TransactionError> {
        let memory = |source| TransactionError::Memory { contract, source };
        let kept = if snapshot.is_past() { None } else { self.pool.take(contract, kind) };
        let is_usable = |kept: &Handle<E>| {
            kept.region.limit() == code.max_pages && kept.code.hash == code.hash && kept.region.is_whole()
        };
        let kept = kept.filter(is_usable);
        match kept {
            Some(mut kept) => {
                if !kept.renew(snapshot, account, code)? {
                    kept.reset().map_err(memory)?;
                }
                Ok(kept)
            }
            None => {
                let compiled = self.compiled(snapshot, &contract, &code.hash, pager.checks())?;
                let extent = Extent::of(&compiled.metadata, code.max_pages);
                let make = || pager.region(extent, account.state, self.fault_window);
                let region = make().or_else(|refused| if self.pool.clear() { make() } else { Err(refused) });
                let region = region.map_err(memory)?;
                Ok(Visit::new(contract, account, code, region, self.pool.token()))
            }
        }
    }
}
