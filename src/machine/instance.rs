//! Machines: each has an instance of a contract over a region, and is restored after a call to be reused.

use std::mem;
use std::sync::Arc;

use wasmtime::{Extern, Global, Instance, Linker, Memory, Module, Store, Val};

use super::counted::counted;
use super::environment::{CallEnd, CallResult, Environment, EnvironmentSlot};
use super::error::RuntimeError;
use super::function::Function;
use super::gas::{fuel_for, gas_for};
use super::host::Host;
use super::loan::Loan;
use super::own_memory::OwnMemory;
use super::stack;
use super::stop::{Stop, classify};
use super::windows;
use crate::contract::imports::{STORAGE_MEMORY, STORAGE_MODULE};
use crate::contract::{Compiled, names};
use crate::paging::{Memories, PageTable, Region, Watch};
use crate::receipt::{Halt, Value};
use crate::units::{Address, Gas};

/// The parts of a new machine.
pub(crate) struct Parts<'a, E: 'static> {
    pub(crate) linker: &'a Linker<Host<E>>,
    /// The module that defines the storage memory, with all that lies in front of it, and the page table.
    pub(crate) storage_module: &'a Module,
    pub(crate) compiled: &'a Arc<Compiled>,
    /// The page table, in its initial state.
    pub(crate) table: PageTable,
    /// True if host calls are counted.
    pub(crate) counted: bool,
}

/// A call as its machine receives it.
#[derive(Debug)]
pub(crate) struct IncomingCall<'a> {
    /// The name of an existing export.
    pub(crate) function: &'a str,
    /// Arguments of the export's types.
    pub(crate) arguments: &'a [Value],
    pub(crate) input: &'a [u8],
    pub(crate) caller: Address,
    pub(crate) value: u64,
    pub(crate) gas: Gas,
    /// The call depth that it can use.
    pub(crate) depth: u32,
    pub(crate) read_only: bool,
    /// The number of calls in which it is nested. At 0 the machine switches to the transaction's native stack, on which the
    /// nested calls then run, too.
    pub(crate) nesting: u32,
}

/// A wasmtime store with one instance of a contract.
#[derive(Debug)]
pub(crate) struct Machine<E: 'static> {
    store: Store<Host<E>>,
    instance: Instance,
    own_memory: Option<Memory>,
    compiled: Arc<Compiled>,
    globals: Vec<(Global, Val)>,
    counted: bool,
    called: Option<Called<E>>,
}

/// What a wasmtime store with an instance takes, beside its memories: a few KiB, and more with globals and tables.
const STORE_BYTES: usize = 32 << 10;

/// The function that was called last: to look it up takes longer than a short call.
#[derive(Debug)]
struct Called<E: 'static> {
    name: String,
    function: Function<Host<E>>,
}

impl<E: Environment> Machine<E> {
    /// Makes an instance over a region. Only the host can fail here: validation has refused data segments that do not fit.
    pub(crate) fn new(parts: Parts<'_, E>, region: &Region) -> Result<Self, RuntimeError> {
        let failed = |error: wasmtime::Error| RuntimeError::new("making an instance of a contract", &error);
        let Parts { linker, storage_module, compiled, table, counted: is_counted } = parts;
        let in_front = Memories::in_front(region, &table);
        let mut store = Store::new(linker.engine(), Host::new(table));
        store.limiter(|host| host);
        store.set_fuel(u64::MAX).map_err(failed)?;
        let metadata = &compiled.metadata;
        let storage = match metadata.storage.is_mapped() {
            true => Some(Self::storage(storage_module, region, &mut store).map_err(failed)?),
            false => None,
        };
        let mut imports = imports(linker, compiled, &mut store, storage).map_err(failed)?;
        if is_counted {
            let named = compiled.module.imports().zip(imports);
            imports = named.map(|(import, external)| counted(&mut store, &import, external)).collect();
        }
        let (instance, memory) = Memories::with_own(in_front, || Instance::new(&mut store, &compiled.module, &imports));
        let instance = instance.map_err(failed)?;
        store.data_mut().frame.memory = OwnMemory::new(memory, compiled);
        let own_memory = instance.get_memory(&mut store, names::OWN_MEMORY);
        store.data_mut().depth = instance.get_global(&mut store, names::DEPTH);
        let globals = (0..metadata.mutable_globals)
            .filter_map(|n| {
                let global = instance.get_global(&mut store, &format!("{}{n}", names::GLOBAL_PREFIX))?;
                Some((global, global.get(&mut store)))
            })
            .collect();
        Ok(Self { store, instance, own_memory, globals, compiled: compiled.clone(), counted: is_counted, called: None })
    }

    /// Makes the instance that exports the region and the page table as memories.
    fn storage(module: &Module, region: &Region, store: &mut Store<Host<E>>) -> wasmtime::Result<Instance> {
        let _laid_out = Memories::lay_out(region, &store.data().frame.table);
        Instance::new(&mut *store, module, &[])
    }

    /// Returns true if the machine runs this code.
    pub(crate) fn runs(&self, compiled: &Arc<Compiled>) -> bool {
        Arc::ptr_eq(&self.compiled, compiled)
    }

    /// Returns at least the bytes of the host's memory that the idle machine takes.
    pub(crate) fn kept_bytes(&self) -> usize {
        let frame = &self.store.data().frame;
        STORE_BYTES + frame.table.kept_bytes() + frame.memory.kept_bytes()
    }

    /// Runs a call. The environment in the slot is lent to the machine until the call has ended.
    pub(crate) fn run(
        &mut self,
        slot: &mut EnvironmentSlot<E>,
        incoming: &IncomingCall<'_>,
    ) -> Result<CallResult, RuntimeError> {
        let store = &mut Loan::new(&mut self.store, slot);
        let Host { environment, frame, .. } = store.data_mut();
        if let Some(environment) = environment.as_mut() {
            frame.memory.borrow_from(environment);
        }
        let _opened = store.data().frame.memory.opened();
        let frame = &mut store.data_mut().frame;
        frame.begin(incoming.caller, incoming.value, incoming.input, incoming.read_only);
        frame.gas = incoming.gas.0;
        let mut end = execute(store, &self.instance, &mut self.called, incoming)?;
        if matches!(end, CallEnd::Returned(_))
            && let Err(Stop::Halt(halt)) = write_back_windows(store)
        {
            end = CallEnd::Halted(*halt);
        }
        let fuel = store.get_fuel().unwrap_or(0);
        let Host { environment, frame, .. } = store.data_mut();
        if let Some(environment) = environment.as_mut() {
            environment.end_call(&mut frame.table, frame.input_read);
            let ended = frame.memory.end_call(environment);
            ended.map_err(|error| RuntimeError::new("restoring a contract's own memory", &error.into()))?;
        }
        // The fuel of a halted call is meaningless: a trap loses what was counted since the last function call.
        let (end, gas_left) = match (end, gas_for(incoming.gas, fuel.saturating_sub(frame.owed))) {
            (CallEnd::Halted(halt), _) => (CallEnd::Halted(halt), Gas(0)),
            (_, None) => (CallEnd::Halted(Halt::out_of_gas()), Gas(0)),
            (end, Some(gas_left)) => (end, gas_left),
        };
        Ok(CallResult { end, output: mem::take(&mut frame.output), gas_left })
    }

    /// Restores the machine after a call. Returns false if that is impossible or too expensive: the machine must then be
    /// dropped.
    pub(crate) fn restore(&mut self) -> bool {
        if self.compiled.metadata.single_use || self.counted {
            return false;
        }
        for (global, value) in &self.globals {
            if global.set(&mut self.store, *value).is_err() {
                return false;
            }
        }
        let frame = &mut self.store.data_mut().frame;
        frame.trim();
        let Some(size) = frame.memory.restore() else { return false };
        match self.own_memory {
            // The memory had grown and was cut. Growing it by nothing lets wasmtime read its size.
            Some(memory) if memory.data_size(&self.store) != size => memory.grow(&mut self.store, 0).is_ok(),
            _ => true,
        }
    }
}

/// Calls the export, and classifies how it ended.
fn execute<E: Environment>(
    store: &mut Store<Host<E>>,
    instance: &Instance,
    called: &mut Option<Called<E>>,
    incoming: &IncomingCall<'_>,
) -> Result<CallEnd, RuntimeError> {
    let failed = |error: wasmtime::Error| RuntimeError::new(format!("running {}", incoming.function), &error);
    store.set_fuel(fuel_for(incoming.gas)).map_err(failed)?;
    if let Some(depth) = store.data().depth {
        depth.set(&mut *store, Val::I32(incoming.depth as i32)).map_err(failed)?;
    }
    let function = match called {
        Some(called) if called.name == incoming.function => &called.function,
        _ => {
            let function = instance.get_func(&mut *store, incoming.function);
            let function = function.ok_or_else(|| failed(wasmtime::Error::msg("its export is gone")))?;
            let (name, function) = (incoming.function.to_owned(), Function::new(function, store));
            &called.insert(Called { name, function }).function
        }
    };
    let watch = store.data_mut().environment.as_mut().and_then(|environment| environment.watch());
    let outcome = match incoming.nesting {
        0 => stack::run(|| function.call(store, incoming.arguments)),
        _ => Ok(function.call(store, incoming.arguments)),
    };
    if let Some(failure) = watch.and_then(Watch::end) {
        let halt = Halt::from(failure);
        if let Some(environment) = store.data_mut().environment.as_mut() {
            environment.fail(halt.clone());
        }
        return Ok(CallEnd::Halted(halt));
    }
    match outcome.map_err(|error| failed(error.into()))? {
        Ok(results) => Ok(CallEnd::Returned(results)),
        Err(error) => match classify(&error) {
            Some(Stop::Return) => Ok(CallEnd::Returned(Vec::new())),
            Some(Stop::Revert) => Ok(CallEnd::Reverted),
            Some(Stop::Halt(halt)) => Ok(CallEnd::Halted(*halt)),
            None => Err(failed(error)),
        },
    }
}

/// Writes back the windows of a call that returns.
fn write_back_windows<E: Environment>(store: &mut Store<Host<E>>) -> Result<(), Stop> {
    let (environment, frame) = store.data_mut().parts()?;
    windows::write_back(environment, frame)
}

/// Resolves the imports of a prepared module, in their order.
pub(crate) fn imports<T: 'static>(
    linker: &Linker<T>,
    compiled: &Compiled,
    store: &mut Store<T>,
    storage: Option<Instance>,
) -> wasmtime::Result<Vec<Extern>> {
    let mut externs = Vec::new();
    for import in compiled.module.imports() {
        let found = match (import.module(), import.name(), storage) {
            (STORAGE_MODULE, STORAGE_MEMORY, Some(storage)) => storage.get_export(&mut *store, STORAGE_MEMORY),
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
