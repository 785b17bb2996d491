//! Making a virtual machine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use wasmtime::Engine;

use super::error::Error;
use super::handle::Vm;
use crate::contract::{self, Imports, ModuleCache};
use crate::limits::{MAX_STORAGE_PAGES, WASM_STACK_BYTES};
use crate::machine::RuntimeError;
use crate::paging::{DEFAULT_WINDOW, Memories};
use crate::store::PageStore;
use crate::transaction::{DEFAULT_FRAME_BUDGET, Pool, Shared};
use crate::units::PageCount;
use crate::vmcalls;

/// What can be set of a [`Vm`].
#[derive(Debug)]
#[must_use = "it makes a virtual machine with `build`"]
pub struct VmBuilder {
    store: Arc<dyn PageStore>,
    module_cache: Option<PathBuf>,
    frame_budget: PageCount,
    fault_window: PageCount,
}

impl VmBuilder {
    /// Where compiled modules are kept between processes; in memory only, when it is not set. It is native code that will
    /// be run: the directory must be the user's own. [`ModuleCache::default_directory`] is one.
    pub fn module_cache_dir(mut self, directory: impl Into<Option<PathBuf>>) -> Self {
        self.module_cache = directory.into();
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
        let failed = |error: wasmtime::Error| RuntimeError::new("starting the compiler", &error);
        let engine = Engine::new(&config).map_err(failed)?;
        let shared = Shared {
            linker: vmcalls::linker(&engine).map_err(failed)?,
            modules: ModuleCache::new(engine, Imports::default(), self.module_cache),
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
        VmBuilder { store, module_cache: None, frame_budget: DEFAULT_FRAME_BUDGET, fault_window: DEFAULT_WINDOW }
    }
}
