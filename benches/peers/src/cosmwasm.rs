//! cosmwasm-vm: a pinned module, and a new instance for each message, as in wasmvm.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use cosmwasm_std::{Checksum, Order as ScanOrder, Record};
use cosmwasm_vm::testing::{MockApi, MockQuerier, mock_env, mock_info};
use cosmwasm_vm::{
    Backend, BackendError, BackendResult, Cache, CacheOptions, GasInfo, InstanceOptions, Size, Storage,
    call_execute_raw, to_vec,
};

use crate::keyed::{self, Keyed};
use crate::peer::{Failure, Peer, timed};
use crate::task::Request;

/// The gas limit of every message, which no message reaches.
const GAS: u64 = 1 << 50;

const SOURCE: [&str; 3] = [
    include_str!("contracts/cosmwasm.head.wat"),
    include_str!("contracts/keyed.wat"),
    include_str!("contracts/cosmwasm.tail.wat"),
];

/// The cache of the virtual machine, in which the contract is pinned, and the inputs of each message.
pub struct Cosmwasm {
    cache: Cache<MockApi, State, MockQuerier>,
    contract: Checksum,
    backend: Option<Backend<MockApi, State, MockQuerier>>,
    environment: Vec<u8>,
    sender: Vec<u8>,
}

/// Keys and values behind the storage interface of the virtual machine.
struct State(Keyed);

impl Cosmwasm {
    /// Sets the contract up. Compiled code is in `directory`.
    pub fn new(directory: &Path, keyed: Keyed) -> Result<Self, Failure> {
        let options =
            CacheOptions::new(directory, HashSet::from(["iterator".to_owned()]), Size::mebi(64), Size::mebi(32));
        // SAFETY: the directory was just created for this run, and only this cache writes files in it.
        let cache = unsafe { Cache::new(options) }?;
        let contract = cache.store_code(&wat::parse_str(SOURCE.concat())?, true, true)?;
        cache.pin(&contract)?;
        let backend = Backend { api: MockApi::default(), storage: State(keyed), querier: MockQuerier::new(&[]) };
        let sender = to_vec(&mock_info("sender", &[]))?;
        Ok(Self { cache, contract, backend: Some(backend), environment: to_vec(&mock_env())?, sender })
    }

    fn transact(&mut self, message: &[u8]) -> Result<i64, Failure> {
        let mut backend = self.backend.take().ok_or(LOST)?;
        backend.storage.0.begin()?;
        let mut instance = self.cache.get_instance(&self.contract, backend, InstanceOptions { gas_limit: GAS })?;
        let answer = call_execute_raw(&mut instance, &self.environment, &self.sender, message)?;
        let mut backend = instance.recycle().ok_or(LOST)?;
        backend.storage.0.commit()?;
        self.backend = Some(backend);
        Ok(keyed::word(&answer)? as i64)
    }
}

const LOST: &str = "an earlier message failed and dropped the store";

impl Peer for Cosmwasm {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        let messages: Vec<[u8; 32]> = requests.iter().map(Request::bytes).collect();
        timed(&messages, |message| self.transact(message))
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        let store = &mut self.backend.as_mut().ok_or(LOST)?.storage.0;
        store.committed(|store| store.get(&key.to_le_bytes())?.map_or(Ok(0), keyed::word))
    }
}

/// A result with the gas that a chain charges for it.
fn charged<T>(key: &[u8], answer: Result<T, Failure>) -> BackendResult<T> {
    let answer = answer.map_err(|failure| BackendError::unknown(failure.to_string()));
    (answer, GasInfo::with_externally_used(key.len() as u64))
}

/// The result of an operation that the contract does not use.
fn unused<T>() -> BackendResult<T> {
    (Err(BackendError::unknown("this store supports only get and set")), GasInfo::free())
}

impl Storage for State {
    fn get(&self, key: &[u8]) -> BackendResult<Option<Vec<u8>>> {
        charged(key, self.0.get(key).map(|value| value.map(<[u8]>::to_vec)))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> BackendResult<()> {
        charged(key, self.0.put(key, value))
    }

    fn remove(&mut self, _key: &[u8]) -> BackendResult<()> {
        unused()
    }

    fn scan(&mut self, _start: Option<&[u8]>, _end: Option<&[u8]>, _order: ScanOrder) -> BackendResult<u32> {
        unused()
    }

    fn next(&mut self, _iterator: u32) -> BackendResult<Option<Record>> {
        unused()
    }
}
