//! Making a virtual machine.

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

/// What can be set of a [`Vm`].
#[derive(Debug)]
#[must_use = "it makes a virtual machine with `build`"]
pub struct VmBuilder {
    store: Arc<dyn PageStore>,
    module_cache: Option<PathBuf>,
    frame_budget: PageCount,
    fault_window: PageCount,
    imports: Vec<CustomImport<Transaction>>,
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

    /// Adds a function that contracts can import, under a module and name of its own: a closure that gets the call it is part
    /// of, and up to eight parameters of `i32` and `i64` (or `u32` and `u64`), and returns one of them, nothing, or a
    /// `Result` of that and a [`Refusal`](super::Refusal). Its type in wasm comes from the closure, and is part of validation.
    ///
    /// Each call costs its price, 1 to [`MAX_IMPORT_PRICE`](crate::limits::MAX_IMPORT_PRICE), before it does anything; what
    /// depends on its arguments it charges itself.
    ///
    /// - **It must be a function of its arguments and of what it gets from [`HostCall`](super::HostCall)**, on every host and
    ///   at any time, as receipts and state are: nobody else sees to that. Clocks, random numbers, files and what it remembers
    ///   from other calls do not belong in it. What it does outside is not undone when the call fails.
    /// - It is called on the threads that run transactions, on several at once, and has 4 MiB of native stack. One that calls
    ///   contracts is on the stack once for each call that is inside another: then 8 KiB is all it should take.
    /// - A panic in it goes up through [`Run::commit`](super::Run::commit), or what else the transaction was run by. The store
    ///   is then as before, the memory of the contracts that took part is dropped, and the virtual machine goes on.
    ///   A closure that catches it does not save the transaction: where the panic came out of a call, that ends in an error.
    /// - It must not write to the store of the virtual machine that it is called by (`commit`, `deploy`, `fund`, `rollback`, …):
    ///   that waits for the running transaction, and never ends.
    ///
    /// A contract that imports it runs only where it is: another virtual machine over the same store refuses its code.
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

    /// Makes the virtual machine.
    ///
    /// # Errors
    /// [`Error::Import`] is a function that contracts cannot import, by its name or price.
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
    /// A virtual machine with the usual settings.
    ///
    /// # Errors
    /// The host refuses what the compiler needs.
    pub fn new(store: Arc<dyn PageStore>) -> Result<Self, Error> {
        Self::builder(store).build()
    }

    /// What can be set, set to what is right for most people.
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
