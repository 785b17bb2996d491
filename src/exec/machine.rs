//! An instance of a contract over a region: made once, used for many calls, as new at the start of each.

use std::sync::Arc;

use wasmtime::{Extern, Global, Instance, Linker, Module, Store, Val};

use super::call::Call;
use super::error::Error;
use super::gas::{fuel_for, gas_left};
use super::host::Host;
use super::outcome::{Stop, classify};
use super::own_memory::OwnMemory;
use super::receipt::{Halt, Value};
use super::stack;
use super::transaction::Transaction;
use crate::contract::{Compiled, names};
use crate::limits::CALL_DEPTH;
use crate::paging::{Access, Memories, Pager, Region, Watch};
use crate::units::Gas;

/// What machines are made with.
pub(super) struct Parts<'a> {
    pub(super) linker: &'a Linker<Host>,
    /// Defines the storage memory, of the size of the region, and the page table.
    pub(super) storage_module: &'a Module,
    pub(super) compiled: &'a Arc<Compiled>,
    pub(super) pager: &'static dyn Pager,
}

/// A wasmtime store with one instance of a contract.
#[derive(Debug)]
pub(super) struct Machine {
    store: Store<Host>,
    instance: Instance,
    compiled: Arc<Compiled>,
    depth: Option<Global>,
    globals: Vec<(Global, Val)>,
}

/// How a call ended, and what it cost.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    pub(super) output: Vec<u8>,
    pub(super) gas_left: Gas,
    pub(super) pages_read: u32,
    pub(super) pages_written: u32,
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
    pub(super) fn new(parts: &Parts<'_>, region: &Region) -> Result<Self, Error> {
        let failed = |error: wasmtime::Error| Error::runtime("making an instance of a contract", &error);
        let engine = parts.linker.engine();
        let table = parts.pager.page_table(region.limit()).map_err(|error| failed(error.into()))?;
        let mut store = Store::new(engine, Host::new(table));
        store.limiter(|host| host);
        store.set_fuel(u64::MAX).map_err(failed)?;
        let storage = match parts.compiled.metadata.storage {
            Some(_) => Some(Self::storage(parts, region, &mut store).map_err(failed)?),
            None => None,
        };
        let imports = imports(parts, &mut store, storage).map_err(failed)?;
        let (instance, memory) = Memories::with_own(|| Instance::new(&mut store, &parts.compiled.module, &imports));
        let instance = instance.map_err(failed)?;
        let metadata = &parts.compiled.metadata;
        if let (Some(memory), Some(known)) = (memory, &metadata.own_memory) {
            store.data_mut().frame.memory = OwnMemory::as_made(memory, known);
        }
        let depth = instance.get_global(&mut store, names::DEPTH);
        let globals = (0..metadata.mutable_globals)
            .filter_map(|n| {
                let global = instance.get_global(&mut store, &format!("{}{n}", names::GLOBAL_PREFIX))?;
                Some((global, global.get(&mut store)))
            })
            .collect();
        Ok(Self { store, instance, depth, globals, compiled: parts.compiled.clone() })
    }

    /// The instance that exports the region as a memory, and the page table.
    fn storage(parts: &Parts<'_>, region: &Region, store: &mut Store<Host>) -> wasmtime::Result<Instance> {
        let _laid_out = Memories::lay_out(region, &store.data().frame.table);
        Instance::new(&mut *store, parts.storage_module, &[])
    }

    /// Whether it runs this code.
    pub(super) fn runs(&self, compiled: &Arc<Compiled>) -> bool {
        Arc::ptr_eq(&self.compiled, compiled)
    }

    /// Runs an export that exists with arguments of its types. Gives the transaction back, whatever happened.
    pub(super) fn run(
        &mut self,
        transaction: Box<Transaction>,
        call: &Call,
    ) -> (Box<Transaction>, Result<Ended, Error>) {
        self.begin(transaction, call);
        let result = self.execute(call);
        let fuel = self.store.get_fuel().unwrap_or(0);
        let host = self.store.data_mut();
        let fuel = fuel.saturating_sub(host.frame.owed);
        let mut transaction = host.transaction.take();
        let (table, output) = (&mut host.frame.table, std::mem::take(&mut host.frame.output));
        let (pages_read, pages_written) = (table.count(Access::Read), table.count(Access::Write));
        if let Some(transaction) = &mut transaction
            && let Some(touched) = &mut transaction.touched
        {
            let known = |access| transaction.pager.knows(access).then(|| table.touched(access));
            (touched.read, touched.written) = (known(Access::Read), known(Access::Write));
        }
        table.clear();
        let ended = result.map(|how| {
            // A trap loses what was counted since the last call of a function, so of a halted call the fuel says nothing.
            let left = gas_left(call.gas, fuel);
            let (how, gas_left) = match (how, left) {
                (How::Halted(halt), _) => (How::Halted(halt), Gas(0)),
                (_, None) => (How::Halted(Halt::out_of_gas()), Gas(0)),
                (how, Some(left)) => (how, left),
            };
            Ended { how, output, gas_left, pages_read, pages_written }
        });
        (transaction.expect("a call gives its transaction back"), ended)
    }

    fn begin(&mut self, transaction: Box<Transaction>, call: &Call) {
        let host = self.store.data_mut();
        host.transaction = Some(transaction);
        host.frame.registers.clear();
        host.frame.owed = 0;
        host.frame.input.clear();
        host.frame.input.extend_from_slice(&call.input);
        host.frame.output.clear();
        host.frame.caller = call.sender;
        host.frame.value = call.value;
    }

    fn execute(&mut self, call: &Call) -> Result<How, Error> {
        let failed = |error: wasmtime::Error| Error::runtime(format!("running {}", call.function), &error);
        self.store.set_fuel(fuel_for(call.gas)).map_err(failed)?;
        if let Some(depth) = self.depth {
            depth.set(&mut self.store, Val::I32(CALL_DEPTH as i32)).map_err(failed)?;
        }
        let function = self.instance.get_func(&mut self.store, &call.function);
        let function = function.ok_or_else(|| failed(wasmtime::Error::msg("its export is gone")))?;
        let arguments: Vec<Val> = call.arguments.iter().map(to_wasm).collect();
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        let store = &mut self.store;
        let watch = store.data().transaction.as_ref().and_then(|transaction| transaction.watch());
        let outcome = stack::run(|| function.call(store, &arguments, &mut results));
        if let Some(failure) = watch.and_then(Watch::end) {
            return Ok(How::Halted(failure.into()));
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
        if self.compiled.metadata.single_use {
            return false;
        }
        for (global, value) in &self.globals {
            if global.set(&mut self.store, *value).is_err() {
                return false;
            }
        }
        self.store.data_mut().frame.memory.restore()
    }
}

/// What the prepared module imports, in its order.
fn imports(parts: &Parts<'_>, store: &mut Store<Host>, storage: Option<Instance>) -> wasmtime::Result<Vec<Extern>> {
    let mut externs = Vec::new();
    for import in parts.compiled.module.imports() {
        let found = match (import.module(), import.name(), storage) {
            ("storage", name, Some(storage)) => storage.get_export(&mut *store, name),
            (names::PAGING_MODULE, names::PAGE_TABLE, Some(storage)) => {
                storage.get_export(&mut *store, names::PAGE_TABLE)
            }
            (module, name, _) => Some(parts.linker.get(&mut *store, module, name)?),
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
