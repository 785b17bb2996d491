//! wasmtime with two host calls, one that gets a word by its key and one that puts it: storage as a key-value store.

use std::time::Duration;

use wasmtime::{Config, Engine, InstancePre, Linker, Module, OptLevel, Store};

use crate::keyed::Keyed;
use crate::peer::{Failure, Peer, timed};
use crate::task::Order;

/// Fuel of every transaction: more than any of them uses.
const FUEL: u64 = 1 << 40;

/// The contract: keys and words are passed in registers.
fn source() -> String {
    format!(
        r#"(module
  (import "keyed" "get" (func $get (param i64) (result i64)))
  (import "keyed" "set" (func $set (param i64 i64)))
{}
  (export "obey" (func $obey)))"#,
        include_str!("contracts/keyed.wat")
    )
}

/// A new instance for each transaction, as for vellum.
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

    fn transact(&mut self, order: &Order) -> Result<i64, Failure> {
        let mut keyed = self.keyed.take().ok_or(LOST)?;
        keyed.begin()?;
        let mut store = Store::new(&self.engine, keyed);
        store.set_fuel(FUEL)?;
        let instance = self.contract.instantiate(&mut store)?;
        let obey = instance.get_typed_func::<(u64, u64, u64, u64), i64>(&mut store, "obey")?;
        let [a, b, c] = order.arguments;
        let result = obey.call(&mut store, (order.function, a, b, c))?;
        let mut keyed = store.into_data();
        keyed.commit()?;
        self.keyed = Some(keyed);
        Ok(result)
    }
}

const LOST: &str = "the store went with a transaction that failed";

fn failed(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::msg(failure.to_string())
}

impl Peer for HostCalls {
    fn run(&mut self, orders: &[Order]) -> Result<(Vec<i64>, Duration), Failure> {
        timed(orders, |order| self.transact(order))
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        self.keyed.as_mut().ok_or(LOST)?.committed(|keyed| keyed.word(key))
    }
}
