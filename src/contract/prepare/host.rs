//! A small host for tests and fuzzing, which runs contracts as deployed and as prepared for comparison. Prepared modules have
//! a storage memory whose pages are loaded by faults.

mod paging;
mod state;
mod variant;

pub(super) use paging::whole;
pub(crate) use state::State;
pub(crate) use variant::{Variant, on_a_large_stack};

use std::collections::BTreeMap;

use wasmtime::{
    Caller, Engine, Extern, ExternType, Func, FuncType, Instance, Linker, Module, Result, Store, StoreLimitsBuilder,
    Trap, Val, ValType, bail,
};

use paging::{define_paging, put_away};

use crate::contract::imports::host_functions;
use crate::contract::metadata::ValueType;
use crate::contract::{Imports, names, prepare};
use crate::limits::{CALL_DEPTH, MAX_OWN_MEMORY_PAGES, MAX_TABLE_ELEMENTS};

/// The observable outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The bits of the results, or why the call trapped.
    pub result: std::result::Result<Vec<i64>, String>,
    /// Gas used, if the call returned.
    pub gas: Option<u64>,
}

/// The observable state of an instance between calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remains {
    pub storage: Vec<u8>,
    /// Every exported memory except storage, by name.
    pub memories: BTreeMap<String, Vec<u8>>,
    /// The bits of every exported global, by name.
    pub globals: BTreeMap<String, u128>,
}

pub(crate) struct Host {
    pub(super) store: Store<State>,
    pub(super) instance: Instance,
}

impl Host {
    /// Makes a host of a valid contract, with this many wasm pages of storage.
    pub(crate) fn build(wasm: &[u8], variant: Variant, wasm_pages: u32) -> Result<Self> {
        Self::on_engine(&variant::kept_engine(variant)?, wasm, variant, wasm_pages)
    }

    #[cfg(test)]
    pub(super) fn build_with_stack(wasm: &[u8], variant: Variant, wasm_pages: u32, stack: usize) -> Result<Self> {
        Self::on_engine(&variant::engine(variant, stack)?, wasm, variant, wasm_pages)
    }

    fn on_engine(engine: &Engine, wasm: &[u8], variant: Variant, wasm_pages: u32) -> Result<Self> {
        let module = match variant {
            Variant::Original => Module::new(engine, wasm)?,
            Variant::Prepared(checks) => Module::new(engine, prepare(wasm, &Imports::default(), checks)?.wasm)?,
        };
        let own_memory = (MAX_OWN_MEMORY_PAGES as usize) << 16;
        let limits = StoreLimitsBuilder::new().memory_size(own_memory).table_elements(MAX_TABLE_ELEMENTS as usize);
        let mut store = Store::new(engine, State { limits: limits.build(), ..State::default() });
        store.limiter(|state| &mut state.limits);
        store.set_fuel(u64::MAX)?;
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        define_paging(&mut linker, &mut store, variant, wasm_pages)?;
        define_host_functions(&mut linker, &mut store, variant, &module)?;
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(Self { store, instance })
    }

    /// Calls an export with this much fuel.
    pub(crate) fn try_call(&mut self, name: &str, arguments: &[Val], fuel: u64) -> Result<Outcome> {
        self.store.set_fuel(fuel)?;
        // A call that trapped has left the counter too low.
        if let Some(depth) = self.instance.get_global(&mut self.store, names::DEPTH) {
            depth.set(&mut self.store, Val::I32(CALL_DEPTH as i32))?;
        }
        let Some(function) = self.instance.get_func(&mut self.store, name) else { bail!("unknown export {name:?}") };
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        let result = function.call(&mut self.store, arguments, &mut results);
        let gas = fuel - self.store.get_fuel()?;
        Ok(match result {
            Ok(()) => Outcome { result: Ok(results.iter().map(|value| bits(value) as i64).collect()), gas: Some(gas) },
            Err(error) => {
                let reason = match error.downcast_ref::<Trap>() {
                    Some(trap) => format!("{trap:?}"),
                    None => format!("{error:#}"),
                };
                Outcome { result: Err(reason), gas: None }
            }
        })
    }

    /// Returns all state that calls can change.
    pub(crate) fn remains(&mut self) -> Result<Remains> {
        let mut remains = Remains { storage: whole(&self.store)?, memories: BTreeMap::new(), globals: BTreeMap::new() };
        let storage = self.store.data().storage.map(|storage| storage.data_ptr(&self.store));
        let exports: Vec<_> = self
            .instance
            .exports(&mut self.store)
            .map(|export| (export.name().to_owned(), export.into_extern()))
            .collect();
        for (name, export) in exports {
            match export {
                Extern::Memory(memory) if Some(memory.data_ptr(&self.store)) != storage => {
                    remains.memories.insert(name, memory.data(&self.store).to_vec());
                }
                Extern::Global(global) => {
                    remains.globals.insert(name, bits(&global.get(&mut self.store)));
                }
                _ => {}
            }
        }
        Ok(remains)
    }

    /// Returns the exported functions with the types of their parameters.
    pub(crate) fn functions(&mut self) -> Vec<(String, Vec<ValType>)> {
        let Self { store, instance } = self;
        let types: Vec<_> =
            instance.exports(&mut *store).map(|export| (export.name().to_owned(), export.into_extern())).collect();
        let function = |(name, export): (String, Extern)| match export.ty(&*store) {
            ExternType::Func(ty) => Some((name, ty.params().collect())),
            _ => None,
        };
        types.into_iter().filter_map(function).collect()
    }

    /// Saves all pages to the backing bytes and marks them absent, as between two calls.
    pub(crate) fn put_pages_away(&mut self) -> Result<()> {
        put_away(&mut self.store)
    }

    /// Returns the rights, start and length of each fault since the last call of this function.
    pub(crate) fn faults(&mut self) -> Vec<(u8, i64, i64)> {
        std::mem::take(&mut self.store.data_mut().faults)
    }
}

fn bits(value: &Val) -> u128 {
    match value {
        Val::I32(value) => i64::from(*value) as u128,
        Val::I64(value) => *value as u128,
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) => u128::from(*bits),
        Val::V128(bits) => bits.as_u128(),
        reference => u128::from(!matches!(reference, Val::FuncRef(None))),
    }
}

/// The host function that clears the page table, as a nested call may.
pub(crate) const TAKES_RIGHTS: &str = "timestamp";

/// Defines every host function: it does nothing and returns the number of its parameters.
fn define_host_functions(
    linker: &mut Linker<State>,
    store: &mut Store<State>,
    variant: Variant,
    module: &Module,
) -> Result<()> {
    let encode = |types: &[ValueType]| -> Vec<ValType> {
        types.iter().map(|ty| if *ty == ValueType::I32 { ValType::I32 } else { ValType::I64 }).collect()
    };
    for host in host_functions() {
        // A contract as deployed selects a form of a function by its type alone, and may import either form.
        let is_form = |import: wasmtime::ImportType<'_>| {
            let params = import.ty().func().map(|ty| ty.params().len());
            (import.module(), import.name(), params) == (host.module, host.name, Some(host.params.len()))
        };
        let original = variant == Variant::Original;
        if original && host.link_name != host.name && !module.imports().any(is_form) {
            continue;
        }
        let name = if original { host.name } else { host.link_name };
        let results = host.results;
        let ty = FuncType::new(store.engine(), encode(host.params), encode(host.results));
        let takes_rights = host.name == TAKES_RIGHTS;
        let function = Func::new(&mut *store, ty, move |mut caller: Caller<'_, State>, arguments, given| {
            if takes_rights {
                put_away(&mut caller)?;
            }
            for (ty, result) in results.iter().zip(given) {
                let count = arguments.len();
                *result = if *ty == ValueType::I32 { Val::I32(count as i32) } else { Val::I64(count as i64) };
            }
            Ok(())
        });
        linker.define(&*store, host.module, name, Extern::Func(function))?;
    }
    linker.func_wrap(names::EXEC_MODULE, names::CALL_DEPTH, || -> Result<()> { bail!(DEPTH_IS_USED_UP) })?;
    Ok(())
}

/// The error of a call that exceeds the call depth.
pub(crate) const DEPTH_IS_USED_UP: &str = "call depth";
