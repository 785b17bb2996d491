//! An instance of a contract over a region: made once, used for many calls, as new at the start of each.

use std::mem;
use std::sync::Arc;

use wasmtime::{Extern, Global, Instance, Linker, Module, Store, Val};

use super::error::Error;
use super::gas::{fuel_for, gas_left};
use super::host::Host;
use super::measured::counted;
use super::outcome::{Stop, classify};
use super::own_memory::OwnMemory;
use super::receipt::{Halt, Value};
use super::stack;
use super::transaction::Transaction;
use super::windows;
use super::wrong::{self, Wrong};
use crate::contract::{Compiled, names};
use crate::paging::{Memories, PageTable, Region, Watch};
use crate::units::{Address, Gas};

/// What machines are made with.
pub(super) struct Parts<'a> {
    pub(super) linker: &'a Linker<Host>,
    /// Defines the storage memory, of the size of the region, and the page table.
    pub(super) storage_module: &'a Module,
    pub(super) compiled: &'a Arc<Compiled>,
    /// What a call may do at first with each page.
    pub(super) table: PageTable,
    /// Whether calls of host functions are counted.
    pub(super) counted: bool,
}

/// A call of a machine's contract.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// An export that exists.
    pub(super) function: &'a str,
    /// Of its types.
    pub(super) arguments: &'a [Value],
    pub(super) input: &'a [u8],
    pub(super) caller: Address,
    pub(super) value: u64,
    pub(super) gas: Gas,
    /// Units of call depth that it may take.
    pub(super) depth: u32,
    pub(super) read_only: bool,
}

/// A wasmtime store with one instance of a contract.
#[derive(Debug)]
pub(super) struct Machine {
    store: Store<Host>,
    instance: Instance,
    compiled: Arc<Compiled>,
    globals: Vec<(Global, Val)>,
    counted: bool,
}

/// How a call ended, and what it cost.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    pub(super) output: Vec<u8>,
    pub(super) gas_left: Gas,
}

/// How a call ended.
#[derive(Debug)]
pub(super) enum How {
    /// With these results.
    Returned(Vec<Value>),
    Reverted,
    Halted(Halt),
}

impl Machine {
    /// Makes an instance over a region. It can fail by the host only: validation refuses segments that do not fit.
    pub(super) fn new(parts: Parts<'_>, region: &Region) -> Result<Self, Error> {
        let failed = |error: wasmtime::Error| Error::runtime("making an instance of a contract", &error);
        let Parts { linker, storage_module, compiled, table, counted: is_counted } = parts;
        let mut store = Store::new(linker.engine(), Host::new(table));
        store.limiter(|host| host);
        store.set_fuel(u64::MAX).map_err(failed)?;
        let metadata = &compiled.metadata;
        let storage = match metadata.storage {
            Some(_) => Some(Self::storage(storage_module, region, &mut store).map_err(failed)?),
            None => None,
        };
        let mut imports = imports(linker, compiled, &mut store, storage).map_err(failed)?;
        if is_counted {
            let named = compiled.module.imports().zip(imports);
            imports = named.map(|(import, external)| counted(&mut store, &import, external)).collect();
        }
        let (instance, memory) = Memories::with_own(|| Instance::new(&mut store, &compiled.module, &imports));
        let instance = instance.map_err(failed)?;
        if let (Some(memory), Some(known)) = (memory, &metadata.own_memory) {
            store.data_mut().frame.memory = OwnMemory::as_made(memory, known);
        }
        store.data_mut().depth = instance.get_global(&mut store, names::DEPTH);
        let globals = (0..metadata.mutable_globals)
            .filter_map(|n| {
                let global = instance.get_global(&mut store, &format!("{}{n}", names::GLOBAL_PREFIX))?;
                Some((global, global.get(&mut store)))
            })
            .collect();
        Ok(Self { store, instance, globals, compiled: compiled.clone(), counted: is_counted })
    }

    /// The instance that exports the region as a memory, and the page table.
    fn storage(module: &Module, region: &Region, store: &mut Store<Host>) -> wasmtime::Result<Instance> {
        let _laid_out = Memories::lay_out(region, &store.data().frame.table);
        Instance::new(&mut *store, module, &[])
    }

    /// Whether it runs this code.
    pub(super) fn runs(&self, compiled: &Arc<Compiled>) -> bool {
        Arc::ptr_eq(&self.compiled, compiled)
    }

    /// Runs a call. Gives the transaction back, whatever happened. The first call of a transaction gets a stack of its
    /// own, and those inside it run on the same.
    pub(super) fn run(
        &mut self,
        transaction: Box<Transaction>,
        entry: &Entry<'_>,
    ) -> (Box<Transaction>, Result<Ended, Error>) {
        let first = transaction.depth == 0;
        self.begin(transaction, entry);
        let mut result = self.execute(entry, first);
        if matches!(result, Ok(How::Returned(_)))
            && let Err(Stop::Halt(halt)) = self.give_windows()
        {
            result = Ok(How::Halted(*halt));
        }
        let fuel = self.store.get_fuel().unwrap_or(0);
        let host = self.store.data_mut();
        let fuel = fuel.saturating_sub(host.frame.owed);
        let transaction = host.transaction.take();
        let mut transaction = transaction.expect("a call gives its transaction back");
        let output = mem::take(&mut host.frame.output);
        let ended = result.map(|how| {
            // A trap loses what was counted since the last call of a function, so of a halted call the fuel says nothing.
            let left = gas_left(entry.gas, fuel);
            let (how, gas_left) = match (how, left) {
                (How::Halted(halt), _) => (How::Halted(halt), Gas(0)),
                (_, None) => (How::Halted(Halt::out_of_gas()), Gas(0)),
                (how, Some(left)) => (how, left),
            };
            Ended { how, output, gas_left }
        });
        let table = &mut host.frame.table;
        // A store that fails here ends the transaction by itself.
        let _ = transaction.trace_writes(table);
        if let Some(tracer) = &mut transaction.tracer {
            tracer.note_pages(table, host.frame.input_read);
        }
        if !wrong::is(Wrong::PageTableIsKept) {
            transaction.here.note(table);
        }
        (transaction, ended)
    }

    /// At its return a call's windows meet storage for the last time.
    fn give_windows(&mut self) -> Result<(), Stop> {
        let (transaction, frame) = self.store.data_mut().parts()?;
        windows::give(transaction, frame)
    }

    fn begin(&mut self, transaction: Box<Transaction>, entry: &Entry<'_>) {
        let host = self.store.data_mut();
        host.transaction = Some(transaction);
        if !wrong::is(Wrong::RegistersAreKept) {
            host.frame.registers.clear();
        }
        host.frame.owed = 0;
        host.frame.input_read = 0;
        host.frame.input.clear();
        host.frame.input.extend_from_slice(entry.input);
        host.frame.output.clear();
        host.frame.returned.clear();
        host.frame.windows.clear();
        host.frame.table.set_read_only(entry.read_only);
        host.frame.caller = entry.caller;
        host.frame.value = entry.value;
    }

    fn execute(&mut self, entry: &Entry<'_>, first: bool) -> Result<How, Error> {
        let failed = |error: wasmtime::Error| Error::runtime(format!("running {}", entry.function), &error);
        self.store.set_fuel(fuel_for(entry.gas)).map_err(failed)?;
        if let Some(depth) = self.store.data().depth {
            depth.set(&mut self.store, Val::I32(entry.depth as i32)).map_err(failed)?;
        }
        let function = self.instance.get_func(&mut self.store, entry.function);
        let function = function.ok_or_else(|| failed(wasmtime::Error::msg("its export is gone")))?;
        let arguments: Vec<Val> = entry.arguments.iter().map(to_wasm).collect();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        let store = &mut self.store;
        let watch = store.data().transaction.as_ref().and_then(|transaction| transaction.watch());
        let outcome = match first {
            true => stack::run(|| function.call(&mut *store, &arguments, &mut results)),
            false => Ok(function.call(&mut *store, &arguments, &mut results)),
        };
        if let Some(failure) = watch.and_then(Watch::end) {
            let halt = Halt::from(failure);
            if let Some(transaction) = &mut store.data_mut().transaction {
                transaction.fail(halt.clone());
            }
            return Ok(How::Halted(halt));
        }
        match outcome.map_err(|error| failed(error.into()))? {
            Ok(()) => Ok(How::Returned(results.iter().filter_map(from_wasm).collect())),
            Err(error) => match classify(&error) {
                Some(Stop::Return) => Ok(How::Returned(Vec::new())),
                Some(Stop::Revert) => Ok(How::Reverted),
                Some(Stop::Halt(halt)) => Ok(How::Halted(*halt)),
                None => Err(failed(error)),
            },
        }
    }

    /// Puts everything back that a call may have changed. Returns whether that could be done; if not, the machine
    /// must not be used again.
    pub(super) fn restore(&mut self) -> bool {
        if self.compiled.metadata.single_use || self.counted {
            return false;
        }
        for (global, value) in self.globals.iter().filter(|_| !wrong::is(Wrong::GlobalsAreKept)) {
            if global.set(&mut self.store, *value).is_err() {
                return false;
            }
        }
        self.store.data_mut().frame.memory.restore()
    }
}

/// What the prepared module imports, in its order.
pub(super) fn imports<T: 'static>(
    linker: &Linker<T>,
    compiled: &Compiled,
    store: &mut Store<T>,
    storage: Option<Instance>,
) -> wasmtime::Result<Vec<Extern>> {
    let mut externs = Vec::new();
    for import in compiled.module.imports() {
        let found = match (import.module(), import.name(), storage) {
            ("storage", name, Some(storage)) => storage.get_export(&mut *store, name),
            (names::PAGING_MODULE, names::PAGE_TABLE, Some(storage)) => {
                storage.get_export(&mut *store, names::PAGE_TABLE)
            }
            (module, name, _) => Some(linker.get(&mut *store, module, name)?),
        };
        externs.push(found.ok_or_else(|| {
            wasmtime::Error::msg(format!("the module of a storage memory exports no {:?}", import.name()))
        })?);
    }
    Ok(externs)
}

fn to_wasm(value: &Value) -> Val {
    match *value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
    }
}

fn from_wasm(value: &Val) -> Option<Value> {
    match *value {
        Val::I32(value) => Some(Value::I32(value)),
        Val::I64(value) => Some(Value::I64(value)),
        _ => None,
    }
}
