//! What all transactions of a virtual machine use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{Linker, Module};

use super::error::Error;
use super::host::Host;
use super::pool::{Kept, Pool};
use super::visited::Visited;
use crate::contract::{self, Checks, Compiled, ModuleCache};
use crate::limits::MAX_STORAGE_PAGES;
use crate::paging::{Pager, PagerKind};
use crate::store::{Account, Code, PageStore, Snapshot};
use crate::units::{Address, CodeHash, PAGE_SIZE, PageCount, PageIndex, STORAGE_PAGES_PER_WASM_PAGE};

/// Modules of storage memories kept at most; there are as many kinds as page limits.
const MOST_STORAGE_MODULES: usize = 256;

/// The store, compiled code, and what is kept between transactions.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) store: Arc<dyn PageStore>,
    pub(super) linker: Linker<Host>,
    pub(super) pool: Pool,
    pub(super) fault_window: PageCount,
    pub(super) modules: ModuleCache,
    /// For each page limit, the module that defines a storage memory of that size and a page table.
    pub(super) storage_modules: Mutex<HashMap<PageCount, Module>>,
}

impl Shared {
    /// A contract's compiled code.
    pub(super) fn compiled(
        &self,
        snapshot: &dyn Snapshot,
        contract: &Address,
        hash: &CodeHash,
        checks: Checks,
    ) -> Result<Arc<Compiled>, Error> {
        self.modules.get(hash, checks, || stored_code(snapshot, contract, hash))
    }

    /// The module that defines a storage memory of this size, and a page table.
    pub(super) fn storage_module(&self, limit: PageCount) -> Result<Module, Error> {
        let mut modules = self.storage_modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(&limit) {
            return Ok(module.clone());
        }
        let size = limit.0 / STORAGE_PAGES_PER_WASM_PAGE;
        let table = MAX_STORAGE_PAGES.0 as usize >> 16;
        let text =
            format!(r#"(module (memory (export "memory") {size} {size}) (memory (export "table") {table} {table}))"#);
        let module = contract::to_binary(text.as_bytes()).map_err(Error::from).and_then(|wasm| {
            Module::new(self.linker.engine(), &wasm)
                .map_err(|error| Error::runtime("compiling the module of a storage memory", &error))
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
    ) -> Result<Visited, Error> {
        let memory = |source| Error::Memory { contract, source };
        let kept = if snapshot.is_past() { None } else { self.pool.take(contract, kind) };
        let kept = kept.filter(|kept| kept.region.limit() == code.max_pages);
        let kept = match kept {
            Some(mut kept) => {
                if !kept.catch_up(snapshot, &contract, &account)? {
                    kept.region.reset(account.state).map_err(memory)?;
                    kept.version = account.version;
                }
                kept
            }
            None => {
                let region = pager.region(code.max_pages, account.state, self.fault_window).map_err(memory)?;
                Kept { region, version: account.version, machines: Vec::new(), token: self.pool.token() }
            }
        };
        Ok(Visited::new(contract, account, code, kept))
    }
}

/// A contract's account and code.
pub(super) fn contract_account(snapshot: &dyn Snapshot, address: &Address) -> Result<(Account, Code), Error> {
    let account = snapshot.account(address)?.ok_or(Error::NoAccount(*address))?;
    let code = account.code.ok_or(Error::NoContract(*address))?;
    Ok((account, code))
}

/// Whether these are pages of a contract, and below its page limit.
pub(super) fn verify_pages(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<(), Error> {
    let (_, code) = contract_account(snapshot, address)?;
    let limit = code.max_pages;
    match pages.iter().find(|page| !limit.contains(**page)) {
        Some(page) => {
            let (offset, length) = (page.start().0, PAGE_SIZE as u64);
            Err(Error::StorageRange { contract: *address, offset, length, limit })
        }
        None => Ok(()),
    }
}

pub(super) fn stored_code(snapshot: &dyn Snapshot, contract: &Address, hash: &CodeHash) -> Result<Vec<u8>, Error> {
    snapshot.code(hash)?.ok_or(Error::NoCode { contract: *contract, hash: *hash })
}
