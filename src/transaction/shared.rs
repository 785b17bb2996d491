//! What all transactions of a virtual machine use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{Linker, Module};

use super::error::TransactionError;
use super::lookup::stored_code;
use super::pool::Pool;
use super::visited::{Handle, Visited};
use crate::contract::{self, Checks, Compiled, ModuleCache};
use crate::limits::MAX_STORAGE_PAGES;
use crate::machine::{Environment, Host, RuntimeError};
use crate::paging::{Pager, PagerKind};
use crate::store::{Account, Code, PageStore, Snapshot};
use crate::units::{Address, CodeHash, PageCount, STORAGE_PAGES_PER_WASM_PAGE};

/// Modules of storage memories kept at most; there are as many kinds as page limits.
const MOST_STORAGE_MODULES: usize = 256;

/// The store, compiled code, and what is kept between transactions.
#[derive(Debug)]
pub(crate) struct Shared<E: 'static> {
    pub(crate) store: Arc<dyn PageStore>,
    pub(crate) linker: Linker<Host<E>>,
    pub(crate) pool: Pool<E>,
    pub(crate) modules: ModuleCache,
    /// The most pages that one fault may bring in.
    fault_window: PageCount,
    /// For each page limit, the module that defines a storage memory of that size and a page table.
    storage_modules: Mutex<HashMap<PageCount, Module>>,
}

impl<E: Environment> Shared<E> {
    /// Nothing is kept yet, and at most so many frames will be.
    pub(crate) fn new(
        store: Arc<dyn PageStore>,
        linker: Linker<Host<E>>,
        modules: ModuleCache,
        (frame_budget, fault_window): (PageCount, PageCount),
    ) -> Self {
        let (pool, storage_modules) = (Pool::new(frame_budget), Mutex::default());
        Self { store, linker, pool, modules, fault_window, storage_modules }
    }

    /// A contract's compiled code.
    pub(crate) fn compiled(
        &self,
        snapshot: &dyn Snapshot,
        contract: &Address,
        hash: &CodeHash,
        checks: Checks,
    ) -> Result<Arc<Compiled>, TransactionError> {
        self.modules.get(hash, checks, || Ok(stored_code(snapshot, contract, hash)?))
    }

    /// The module that defines a storage memory of this size, and a page table.
    pub(crate) fn storage_module(&self, limit: PageCount) -> Result<Module, TransactionError> {
        let mut modules = self.storage_modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(&limit) {
            return Ok(module.clone());
        }
        let size = limit.0 / STORAGE_PAGES_PER_WASM_PAGE;
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
        modules.insert(limit, module.clone());
        Ok(module)
    }

    /// A contract at the moment of a snapshot, with a region that holds its state and the machines that are kept.
    pub(super) fn visit(
        &self,
        snapshot: &dyn Snapshot,
        contract: Address,
        (account, code): (Account, Code),
        (kind, pager): (PagerKind, &dyn Pager),
    ) -> Result<Handle<E>, TransactionError> {
        let memory = |source| TransactionError::Memory { contract, source };
        let kept = if snapshot.is_past() { None } else { self.pool.take(contract, kind) };
        let kept = kept.filter(|kept| kept.region.limit() == code.max_pages);
        match kept {
            Some(mut kept) => {
                if !kept.renew(snapshot, (account, code))? {
                    kept.reset().map_err(memory)?;
                }
                Ok(kept)
            }
            None => {
                let region = pager.region(code.max_pages, account.state, self.fault_window).map_err(memory)?;
                Ok(Visited::new(contract, (account, code), region, self.pool.token()))
            }
        }
    }
}
