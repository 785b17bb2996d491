//! wasmtime with two host functions, which get and set a word by its key: storage as a key-value store.

use std::time::Duration;

use wasmtime::{Config, Engine, InstancePre, Linker, Module, OptLevel, Store};

use crate::keyed::Keyed;
use crate::peer::{Failure, Peer, timed};
use crate::task::Request;

/// The fuel of every transaction, which no transaction uses up.
const FUEL: u64 = 1 << 40;

/// The contract. Keys and words are passed in registers.
fn source() -> String {
    format!(
        r#"(module
  (import "keyed" "get" (func $get (param i64) (result i64)))
  (import "keyed" "set" (func $set (param i64 i64)))
{}
  (export "execute" (func $execute)))"#,
        include_str!("contracts/keyed.wat")
    )
}

/// A linked contract. Each transaction gets a new instance, as in vellum.
pub struct HostCalls {
    engine: Engine,
    contract: InstancePre<Keyed>,
    keyed: Option<Keyed>,
}

impl HostCalls {
    pub fn new(keyed: Keyed) -> Result<Self, Failure> {
        let mut config = Config::new();
        config.consume_fuel(true).cranelift_opt_level(OptLevel::Speed);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wat::parse_str(source())?)?;
        let mut linker: Linker<Keyed> = Linker::new(&engine);
        linker.func_wrap("keyed", "get", |caller: wasmtime::Caller<'_, Keyed>, key: u64| {
            caller.data().word(key).map_err(failed)
        })?;
        linker.func_wrap("keyed", "set", |mut caller: wasmtime::Caller<'_, Keyed>, key: u64, word: u64| {
            caller.data_mut().put_word(key, word).map_err(failed)
        })?;
        let contract = linker.instantiate_pre(&module)?;
        Ok(Self { engine, contract, keyed: Some(keyed) })
    }

    fn transact(&mut self, request: &Request) -> Result<i64, Failure> {
        let mut keyed = self.keyed.take().ok_or(LOST)?;
        keyed.begin()?;
        let mut store = Store::new(&self.engine, keyed);
        store.set_fuel(FUEL)?;
        let instance = self.contract.instantiate(&mut store)?;
        let execute = instance.get_typed_func::<(u64, u64, u64, u64), i64>(&mut store, "execute")?;
        let [a, b, c] = request.arguments;
        let result = execute.call(&mut store, (request.function, a, b, c))?;
        let mut keyed = store.into_data();
        keyed.commit()?;
        self.keyed = Some(keyed);
        Ok(result)
    }
}

const LOST: &str = "an earlier transaction failed and dropped the store";

fn failed(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::msg(failure.to_string())
}

impl Peer for HostCalls {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        timed(requests, |request| self.transact(request))
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        self.keyed.as_mut().ok_or(LOST)?.committed(|keyed| keyed.word(key))
    }
}
