//! A small host: a storage memory whose pages come in by faults, and a memory without any of that to compare with.

use wasmtime::{
    AsContext, AsContextMut, Caller, Engine, Extern, Func, FuncType, Instance, Linker, Memory, MemoryType, Module,
    Store, Trap, Val, ValType,
};

use crate::contract::imports::{HOST_FUNCTIONS, STORAGE_MEMORY, STORAGE_MODULE};
use crate::contract::metadata::ValueType;
use crate::contract::{Checks, engine_config, names, prepare};
use crate::limits::CALL_DEPTH;
use crate::units::PAGE_SIZE;

/// What a page that was never brought in looks like: code that reads one computes something else.
const POISON: u8 = 0xa5;

const FUEL: u64 = 50_000_000;

/// How a module is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As the contract was written; gas means nothing then.
    Original,
    Prepared(Checks),
}

pub const VARIANTS: [Variant; 3] = [Variant::Original, Variant::Prepared(Checks::None), Variant::Prepared(Checks::All)];

/// What can be seen of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The result's bits, or why there is none.
    pub result: Result<Vec<i64>, String>,
    /// Gas used, when the call returned.
    pub gas: Option<u64>,
}

/// What the host functions see.
#[derive(Debug, Default)]
pub struct State {
    /// What the storage holds where no page was brought in.
    backing: Vec<u8>,
    storage: Option<Memory>,
    table: Option<Memory>,
    /// Rights, start and length of each fault since they were last asked for.
    faults: Vec<(u8, i64, i64)>,
}

pub struct Host {
    pub store: Store<State>,
    pub instance: Instance,
    variant: Variant,
}

fn engine(variant: Variant, stack: usize) -> Engine {
    let mut config = engine_config();
    // Unprepared code has no nops to count, only its bulk operations.
    if variant == Variant::Original {
        config.operator_cost(wasmtime::OperatorCost::default());
    }
    config.async_stack_size(stack + (1 << 20)).max_wasm_stack(stack);
    Engine::new(&config).expect("the configuration is accepted")
}

impl Host {
    pub fn new(wasm: &[u8], variant: Variant, wasm_pages: u32) -> Self {
        Self::with_stack(wasm, variant, wasm_pages, 64 << 20)
    }

    pub fn with_stack(wasm: &[u8], variant: Variant, wasm_pages: u32, stack: usize) -> Self {
        let engine = engine(variant, stack);
        let code = match variant {
            Variant::Original => wasm.to_vec(),
            Variant::Prepared(checks) => prepare(wasm, checks).expect("a valid contract").wasm,
        };
        let module = Module::new(&engine, code).expect("the prepared module is valid");
        let mut store = Store::new(&engine, State::default());
        store.set_fuel(FUEL).unwrap();
        let mut linker = Linker::new(&engine);
        define_paging(&mut linker, &mut store, variant, wasm_pages);
        define_host_functions(&mut linker, &mut store, variant);
        let instance = linker.instantiate(&mut store, &module).expect("all imports are there");
        Self { store, instance, variant }
    }

    /// Calls an export; results of floating point are not passed by contracts.
    pub fn call(&mut self, name: &str, arguments: &[Val]) -> Outcome {
        self.call_with_fuel(name, arguments, FUEL)
    }

    pub fn call_with_fuel(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Outcome {
        self.store.set_fuel(fuel).unwrap();
        // A call that trapped has not given its depth back.
        if let Some(depth) = self.instance.get_global(&mut self.store, names::DEPTH) {
            depth.set(&mut self.store, Val::I32(CALL_DEPTH as i32)).unwrap();
        }
        let function = self.instance.get_func(&mut self.store, name).expect("it is exported");
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        let called = function.call(&mut self.store, arguments, &mut results);
        let gas = fuel - self.store.get_fuel().unwrap();
        match called {
            Ok(()) => Outcome { result: Ok(results.iter().map(bits).collect()), gas: Some(gas) },
            Err(error) => {
                let reason = match error.downcast_ref::<Trap>() {
                    Some(trap) => format!("{trap:?}"),
                    None => format!("{error:#}"),
                };
                Outcome { result: Err(reason), gas: None }
            }
        }
    }

    /// What the storage holds, wherever its pages are now. Checks on the way that a page without the right to be
    /// written was not, and that one never brought in was not touched at all.
    pub fn storage(&self) -> Vec<u8> {
        match self.variant {
            Variant::Prepared(Checks::All) => whole(&self.store),
            _ => self.store.data().storage.expect("there is a storage memory").data(&self.store).to_vec(),
        }
    }

    /// Puts every page away, as between two calls.
    pub fn put_pages_away(&mut self) {
        put_away(&mut self.store);
    }

    pub fn faults(&mut self) -> Vec<(u8, i64, i64)> {
        std::mem::take(&mut self.store.data_mut().faults)
    }

    pub fn exported_bytes(&mut self, memory: &str) -> Vec<u8> {
        match self.instance.get_memory(&mut self.store, memory) {
            Some(memory) => memory.data(&self.store).to_vec(),
            None => Vec::new(),
        }
    }

    pub fn exported_i32(&mut self, global: &str) -> i32 {
        let global = self.instance.get_global(&mut self.store, global).expect("the global is exported");
        global.get(&mut self.store).unwrap_i32()
    }
}

/// Storage under checks, put together from what was brought in and what was not.
fn whole(context: &impl AsContext<Data = State>) -> Vec<u8> {
    let state = context.as_context();
    let (storage, table) = (state.data().storage.unwrap(), state.data().table.expect("there is a page table"));
    let mut whole = state.data().backing.clone();
    for (page, bytes) in storage.data(context).chunks(PAGE_SIZE).enumerate() {
        let range = page * PAGE_SIZE..(page + 1) * PAGE_SIZE;
        match table.data(context)[page] {
            0 => assert!(bytes.iter().all(|byte| *byte == POISON), "page {page} was written without a fault"),
            1 => assert_eq!(bytes, &whole[range], "page {page} was written with a right to read only"),
            _ => whole[range].copy_from_slice(bytes),
        }
    }
    whole
}

fn put_away(context: &mut impl AsContextMut<Data = State>) {
    let state = context.as_context();
    let (Some(storage), Some(table)) = (state.data().storage, state.data().table) else { return };
    let whole = whole(context);
    context.as_context_mut().data_mut().backing = whole;
    table.data_mut(&mut *context).fill(0);
    storage.data_mut(&mut *context).fill(POISON);
}

fn bits(value: &Val) -> i64 {
    match value {
        Val::I32(value) => i64::from(*value),
        Val::I64(value) => *value,
        other => panic!("{other:?} is no result of a contract"),
    }
}

/// Bytes that differ from place to place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn define_paging(linker: &mut Linker<State>, store: &mut Store<State>, variant: Variant, wasm_pages: u32) {
    let storage = Memory::new(&mut *store, MemoryType::new(wasm_pages, Some(wasm_pages))).unwrap();
    linker.define(&*store, STORAGE_MODULE, STORAGE_MEMORY, storage).unwrap();
    store.data_mut().storage = Some(storage);
    let bytes = pattern(storage.data_size(&*store));
    if variant != Variant::Prepared(Checks::All) {
        storage.data_mut(&mut *store).copy_from_slice(&bytes);
        return;
    }
    storage.data_mut(&mut *store).fill(POISON);
    store.data_mut().backing = bytes;
    let table = Memory::new(&mut *store, MemoryType::new(16, Some(16))).unwrap();
    linker.define(&*store, names::PAGING_MODULE, names::PAGE_TABLE, table).unwrap();
    store.data_mut().table = Some(table);
    linker
        .func_wrap(names::PAGING_MODULE, names::FAULT_READ, |caller: Caller<'_, State>, start: i64, length: i64| {
            fault(caller, start, length, 1);
        })
        .unwrap();
    linker
        .func_wrap(names::PAGING_MODULE, names::FAULT_WRITE, |caller: Caller<'_, State>, start: i64, length: i64| {
            fault(caller, start, length, 3);
        })
        .unwrap();
}

fn fault(mut caller: Caller<'_, State>, start: i64, length: i64, rights: u8) {
    let state = caller.data_mut();
    state.faults.push((rights, start, length));
    let (storage, table) = (state.storage.unwrap(), state.table.unwrap());
    let (start, end) = (start as u64, (start + length) as u64);
    if length == 0 || end > storage.data_size(&caller) as u64 {
        return;
    }
    for page in start as usize / PAGE_SIZE..=(end as usize - 1) / PAGE_SIZE {
        let held = table.data(&caller)[page];
        if held == 0 {
            let range = page * PAGE_SIZE..(page + 1) * PAGE_SIZE;
            let bytes = caller.data().backing[range.clone()].to_vec();
            storage.data_mut(&mut caller)[range].copy_from_slice(&bytes);
        }
        table.data_mut(&mut caller)[page] = held | rights;
    }
}

/// The host function that takes every right away, as a call may.
pub const TAKES_RIGHTS: &str = "timestamp";

/// Every host function, doing nothing and giving the number of its parameters.
fn define_host_functions(linker: &mut Linker<State>, store: &mut Store<State>, variant: Variant) {
    let encode = |types: &[ValueType]| -> Vec<ValType> {
        types.iter().map(|ty| if *ty == ValueType::I32 { ValType::I32 } else { ValType::I64 }).collect()
    };
    for host in HOST_FUNCTIONS {
        if variant == Variant::Original && host.link_name != host.name {
            continue;
        }
        let results = host.results;
        let ty = FuncType::new(store.engine(), encode(host.params), encode(host.results));
        let takes_rights = host.name == TAKES_RIGHTS;
        let function = Func::new(&mut *store, ty, move |mut caller: Caller<'_, State>, arguments, given| {
            if takes_rights {
                put_away(&mut caller);
            }
            for (ty, result) in results.iter().zip(given) {
                let count = arguments.len();
                *result = if *ty == ValueType::I32 { Val::I32(count as i32) } else { Val::I64(count as i64) };
            }
            Ok(())
        });
        linker.define(&*store, host.module, host.link_name, Extern::Func(function)).unwrap();
    }
    linker
        .func_wrap(names::EXEC_MODULE, names::CALL_DEPTH, || -> wasmtime::Result<()> {
            Err(wasmtime::Error::msg("call depth"))
        })
        .unwrap();
}

/// Runs something on a stack on which the call depth is met before the end of the stack.
pub fn on_a_large_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 20).spawn(run).unwrap().join().unwrap();
}
