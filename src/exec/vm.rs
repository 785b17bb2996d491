//! The virtual machine: deploys and calls contracts of one store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use wasmtime::Engine;

use super::block::Recorded;
use super::call::{Call, Deployed, Deployment};
use super::error::Error;
use super::execute::Intent;
use super::ledger::Ledger;
use super::pool::{DEFAULT_FRAME_BUDGET, Pool};
use super::receipt::Receipt;
use super::shared::{Shared, contract_account, stored_code};
use super::trace::Trace;
use super::tracer::Detail;
use crate::contract::{self, Checks, ModuleCache, Signature};
use crate::limits::{DEFAULT_STORAGE_PAGES, MAX_STORAGE_PAGES, WASM_STACK_BYTES};
use crate::paging::{DEFAULT_WINDOW, Memories};
use crate::store::hash::{code_hash, contract_address};
use crate::store::{Account, Batch, Code, PageStore};
use crate::units::{Address, CommitNumber, PageCount, STORAGE_PAGES_PER_WASM_PAGE, StateRoot};
use crate::vmcalls;

/// A virtual machine over a store. Shared between threads: many readers and dry runs at once, commits one after
/// another.
#[derive(Debug)]
pub struct Vm {
    pub(super) shared: Arc<Shared>,
}

/// What can be set of a [`Vm`].
#[derive(Debug)]
pub struct VmBuilder {
    store: Arc<dyn PageStore>,
    module_cache: Option<PathBuf>,
    frame_budget: PageCount,
    fault_window: PageCount,
}

impl VmBuilder {
    /// Where compiled modules are kept between processes: the user's cache directory, when it is not set. Nothing:
    /// in memory only. It is native code that will be run: the directory must be the user's own.
    pub fn module_cache_dir(mut self, directory: Option<PathBuf>) -> Self {
        self.module_cache = directory;
        self
    }

    /// How many frames, of 4 KiB each, may be kept in memory between calls, of all contracts together; 2 GiB of them,
    /// when it is not set. Those unused longest are dropped first. [`PagerKind::Resident`] refuses a contract whose
    /// storage alone is larger.
    ///
    /// [`PagerKind::Resident`]: crate::paging::PagerKind::Resident
    pub fn frame_budget(mut self, frames: PageCount) -> Self {
        self.frame_budget = frames;
        self
    }

    /// How many pages one fault may bring in under [`PagerKind::Sigsegv`] and [`PagerKind::Uffd`]: 128, when it is not
    /// set. A fault that follows on the one before brings in twice as many, to this limit; with 1 each page has its own.
    ///
    /// [`PagerKind::Sigsegv`]: crate::paging::PagerKind::Sigsegv
    /// [`PagerKind::Uffd`]: crate::paging::PagerKind::Uffd
    pub fn fault_window(mut self, pages: PageCount) -> Self {
        self.fault_window = pages;
        self
    }

    /// Makes the virtual machine.
    pub fn build(self) -> Result<Vm, Error> {
        let mut config = contract::engine_config();
        config.with_host_memory(Arc::new(Memories));
        config.async_stack_size(WASM_STACK_BYTES).max_wasm_stack(WASM_STACK_BYTES);
        let failed = |error: wasmtime::Error| Error::runtime("starting the compiler", &error);
        let engine = Engine::new(&config).map_err(failed)?;
        let shared = Shared {
            linker: vmcalls::linker(&engine).map_err(failed)?,
            modules: ModuleCache::new(engine, self.module_cache),
            store: self.store,
            pool: Pool::new(self.frame_budget),
            fault_window: self.fault_window.clamp(PageCount(1), MAX_STORAGE_PAGES),
            storage_modules: Mutex::default(),
        };
        Ok(Vm { shared: Arc::new(shared) })
    }
}

impl Vm {
    /// A virtual machine with the usual settings.
    pub fn new(store: Arc<dyn PageStore>) -> Result<Self, Error> {
        Self::builder(store).build()
    }

    /// What can be set, set to what is right for most people.
    pub fn builder(store: Arc<dyn PageStore>) -> VmBuilder {
        let module_cache = ModuleCache::default_directory();
        VmBuilder { store, module_cache, frame_budget: DEFAULT_FRAME_BUDGET, fault_window: DEFAULT_WINDOW }
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn PageStore> {
        &self.shared.store
    }

    /// Validates and compiles a contract, in binary or text format, and records it with an account of its own.
    pub fn deploy(&self, code: &[u8], deployment: &Deployment) -> Result<Deployed, Error> {
        let wasm = contract::to_binary(code)?;
        let hash = code_hash(&wasm);
        let metadata = contract::validate(&wasm)?;
        let max_pages = page_limit(deployment.max_pages, &metadata)?;
        let address = contract_address(&deployment.author, deployment.nonce, &hash);
        // Compiling may take seconds: other writers need not wait for it.
        self.shared.modules.get(&hash, Checks::All, || Ok::<_, Error>(wasm.to_vec()))?;
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let before = snapshot.account(&address)?;
        if before.as_ref().is_some_and(|account| account.code.is_some()) {
            return Err(Error::AddressTaken(address));
        }
        let mut after = before.clone().unwrap_or_default();
        after.code = Some(Code { hash, max_pages, refuses_reentry: deployment.refuses_reentry });
        after.balance = after.balance.checked_add(deployment.balance).ok_or(Error::BalanceOverflow {
            address,
            balance: after.balance,
            amount: deployment.balance,
        })?;
        drop(snapshot);
        let accounts = vec![(address, before, after)];
        self.shared.store.commit(&Batch { accounts, code: Some((hash, &wasm)), ..Batch::default() })?;
        Ok(Deployed { address, code_hash: hash, state: StateRoot::ZERO, max_pages })
    }

    /// Makes money out of nothing for an account. Returns its new balance.
    pub fn fund(&self, address: &Address, amount: u64) -> Result<u64, Error> {
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let mut ledger = Ledger::default();
        let balance = ledger.mint(&*snapshot, *address, amount)?;
        drop(snapshot);
        self.shared.store.commit(&Batch { accounts: ledger.into_changes(), ..Batch::default() })?;
        Ok(balance)
    }

    /// What is recorded at an address.
    pub fn account(&self, address: &Address) -> Result<Option<Account>, Error> {
        Ok(self.shared.store.snapshot()?.account(address)?)
    }

    /// The functions that a contract exports.
    pub fn exports(&self, address: &Address) -> Result<BTreeMap<String, Signature>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let (_, code) = contract_account(&*snapshot, address)?;
        Ok(contract::validate(&stored_code(&*snapshot, address, &code.hash)?)?.exports)
    }

    /// A contract's code, in binary format.
    pub fn code(&self, address: &Address) -> Result<Vec<u8>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let (_, code) = contract_account(&*snapshot, address)?;
        stored_code(&*snapshot, address, &code.hash)
    }

    /// Has every page of a contract read from the store again at its next touch, as if no call had kept its frame. Calls
    /// that are running are left alone.
    ///
    /// Results do not depend on it: it is for measuring what a cold page costs. Memory and compiled code are kept.
    pub fn forget_frames(&self, contract: &Address) {
        self.shared.pool.forget(*contract);
    }

    /// What is kept while no transaction runs.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn idle(&self) -> super::pool::Idle {
        self.shared.pool.idle()
    }

    /// The receipt of a commit; nothing for one that is a block: see [`recorded`](Self::recorded).
    pub fn receipt(&self, commit: CommitNumber) -> Result<Option<Receipt>, Error> {
        match self.recorded(commit)? {
            Some(Recorded::Call(receipt)) => Ok(Some(receipt)),
            Some(Recorded::Block(_)) | None => Ok(None),
        }
    }

    /// Runs a call and, when the contract returns, commits what it did.
    pub fn call(&self, call: &Call) -> Result<Receipt, Error> {
        let _writer = self.shared.store.writer()?;
        Ok(self.execute(call, Intent { commit: true, ..Intent::default() })?.0)
    }

    /// As [`call`](Self::call), and says which calls there were.
    pub fn call_traced(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        let _writer = self.shared.store.writer()?;
        self.execute(call, Intent { commit: true, detail: Detail::Calls, ..Intent::default() })
    }

    /// As [`call_traced`](Self::call_traced), with the bytes that each call wrote ([`CallTrace::writes`](super::CallTrace::writes)).
    pub fn call_watched(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        let _writer = self.shared.store.writer()?;
        self.execute(call, Intent { commit: true, detail: Detail::Writes, ..Intent::default() })
    }

    /// Runs a call and leaves no trace. The receipt is that of a call, but for its commit.
    pub fn dry_run(&self, call: &Call) -> Result<Receipt, Error> {
        Ok(self.execute(call, Intent::default())?.0)
    }

    /// As [`dry_run`](Self::dry_run), and says which calls there were.
    pub fn dry_run_traced(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        self.execute(call, Intent { detail: Detail::Calls, ..Intent::default() })
    }

    /// As [`dry_run_traced`](Self::dry_run_traced), with the bytes that each call wrote ([`CallTrace::writes`](super::CallTrace::writes)).
    pub fn dry_run_watched(&self, call: &Call) -> Result<(Receipt, Trace), Error> {
        self.execute(call, Intent { detail: Detail::Writes, ..Intent::default() })
    }
}

/// The smaller of what was asked for and what the import declares as its maximum.
fn page_limit(asked: Option<PageCount>, metadata: &contract::Metadata) -> Result<PageCount, Error> {
    let refused = |reason: String| Error::PageLimit { asked: asked.unwrap_or_default(), reason };
    if let Some(PageCount(pages)) = asked
        && (pages == 0 || pages % STORAGE_PAGES_PER_WASM_PAGE != 0 || pages > MAX_STORAGE_PAGES.0)
    {
        return Err(refused(format!(
            "it must be a multiple of {STORAGE_PAGES_PER_WASM_PAGE}, at least that and at most {MAX_STORAGE_PAGES}"
        )));
    }
    let storage = metadata.storage.as_ref();
    let declared = storage.and_then(|storage| storage.maximum);
    let limit = match (asked, declared) {
        (Some(asked), Some(declared)) => asked.min(declared),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => DEFAULT_STORAGE_PAGES,
    };
    match storage.map(|storage| storage.minimum) {
        Some(minimum) if limit < minimum => {
            Err(refused(format!("the contract's storage import needs at least {minimum} pages")))
        }
        _ => Ok(limit),
    }
}
