//! Settings of a VM.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::Error;
use super::handle::Vm;
use crate::contract::{Imports, ModuleCache};
use crate::limits::MAX_STORAGE_PAGES;
use crate::machine::{self, RuntimeError};
use crate::paging::DEFAULT_WINDOW;
use crate::store::PageStore;
use crate::transaction::{DEFAULT_FRAME_BUDGET, PagingLimits, Shared, Transaction};
use crate::units::{Gas, PageCount};
use crate::vmcalls::{self, CustomImport, HostClosure};

/// The settings of a [`Vm`].
#[derive(Debug)]
#[must_use = "`build` makes the VM"]
pub struct VmBuilder {
    store: Arc<dyn PageStore>,
    module_cache: Option<PathBuf>,
    frame_budget: PageCount,
    fault_window: PageCount,
    imports: Vec<CustomImport<Transaction>>,
}

impl VmBuilder {
    /// Sets the directory in which compiled modules are kept between processes. By default they are kept in memory only. The
    /// files hold native code that will be run, so the directory must belong to the user; see
    /// [`ModuleCache::default_directory`].
    pub fn module_cache_dir(mut self, directory: impl Into<Option<PathBuf>>) -> Self {
        self.module_cache = directory.into();
        self
    }

    /// Sets the maximum number of frames, 4 KiB each, that all contracts together keep in memory between transactions. The
    /// default is 2 GiB of frames. The least recently used regions are dropped first. [`PagerKind::Resident`] refuses a
    /// contract with more stored pages than this.
    ///
    /// [`PagerKind::Resident`]: crate::paging::PagerKind::Resident
    pub fn frame_budget(mut self, frames: PageCount) -> Self {
        self.frame_budget = frames;
        self
    }

    /// Sets the maximum fault window: how many pages one fault loads under [`PagerKind::Sigsegv`] and [`PagerKind::Uffd`]. The
    /// default is 128. Each fault that is adjacent to the last window doubles it, up to this limit; with 1 every page has
    /// its own fault.
    ///
    /// [`PagerKind::Sigsegv`]: crate::paging::PagerKind::Sigsegv
    /// [`PagerKind::Uffd`]: crate::paging::PagerKind::Uffd
    pub fn fault_window(mut self, pages: PageCount) -> Self {
        self.fault_window = pages;
        self
    }

    /// Adds a custom host function that contracts can import by this module and name. The function is a closure. It receives a
    /// [`HostCall`](super::HostCall) and up to eight parameters of type `i32` or `i64` (or `u32` or `u64`). It returns one
    /// value of these types, nothing, or a `Result` of that with a [`Refusal`](super::Refusal). The wasm type of the import
    /// follows from the closure, and validation checks it.
    ///
    /// Each call first costs the price, which is 1 to [`MAX_IMPORT_PRICE`](crate::limits::MAX_IMPORT_PRICE). The function itself
    /// charges for work that depends on its arguments.
    ///
    /// - **The function must be deterministic**: its results may depend only on its arguments and on
    ///   [`HostCall`](super::HostCall), or receipts and state will differ between hosts. The VM cannot check this. The function
    ///   may not use clocks, random numbers, files or memory of other calls. Its effects outside the call are not undone if the
    ///   call fails.
    /// - Transactions on several threads may call it at once. It has 4 MiB of native stack. If it calls contracts, it may be on
    ///   the stack once for each nested call, and should use at most 8 KiB.
    /// - A panic in it unwinds through [`Run::commit`](super::Run::commit), or the method that runs the transaction. The store is
    ///   unchanged, the regions and machines of the transaction are dropped, and the VM stays usable. If a closure catches the
    ///   panic of a call that it makes, the transaction still ends in an error.
    /// - It must not write to the store of the VM that calls it (`commit`, `deploy`, `fund`, `rollback`, …): that would wait
    ///   for the running transaction and never end.
    ///
    /// A VM over the same store without this function refuses contracts that import it.
    ///
    /// ```
    /// use vellum::store::MemoryStore;
    /// use vellum::units::Gas;
    /// use vellum::vm::{HostCall, Refusal, Vm};
    ///
    /// let root = |_: &mut HostCall<'_>, number: i64| match number {
    ///     0.. => Ok(number.isqrt()),
    ///     _ => Err(Refusal::new(format!("{number} has no root"))),
    /// };
    /// let vm = Vm::builder(MemoryStore::new()).import("math", "root", Gas(40), root).build()?;
    /// # Ok::<(), vellum::vm::Error>(())
    /// ```
    pub fn import<P, R>(
        mut self,
        module: impl Into<String>,
        name: impl Into<String>,
        price: Gas,
        function: impl HostClosure<P, R>,
    ) -> Self {
        self.imports.push(CustomImport::new(module.into(), name.into(), price, function));
        self
    }

    /// Makes the VM.
    ///
    /// # Errors
    /// Returns [`Error::Import`] if the name or price of a custom host function is not allowed, or another error if the host
    /// refuses what the compiler needs.
    pub fn build(self) -> Result<Vm, Error> {
        let mut imports = Imports::default();
        for CustomImport { module, name, signature, price, .. } in &self.imports {
            imports.add(module, name, signature.clone(), *price)?;
        }
        let failed = |error: wasmtime::Error| RuntimeError::new("linking host functions", &error);
        let engine = machine::engine()?;
        let linker = vmcalls::linker(&engine, self.imports).map_err(failed)?;
        let modules = ModuleCache::new(engine, imports, self.module_cache);
        let fault_window = self.fault_window.clamp(PageCount(1), MAX_STORAGE_PAGES);
        let limits = PagingLimits { frame_budget: self.frame_budget, fault_window };
        let shared = Shared::new(self.store, linker, modules, limits);
        Ok(Vm { shared: Arc::new(shared) })
    }
}

impl Vm {
    /// Makes a VM with the default settings.
    ///
    /// # Errors
    /// Returns an error if the host refuses what the compiler needs.
    pub fn new(store: Arc<dyn PageStore>) -> Result<Self, Error> {
        Self::builder(store).build()
    }

    /// Returns the default settings.
    pub fn builder(store: Arc<dyn PageStore>) -> VmBuilder {
        VmBuilder {
            store,
            module_cache: None,
            frame_budget: DEFAULT_FRAME_BUDGET,
            fault_window: DEFAULT_WINDOW,
            imports: Vec::new(),
        }
    }
}
