//! near-vm-runner: a precompiled contract in the cache of loaded contracts, on the runner's own mock of a chain.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use near_parameters::vm::{Config, VMKind};
use near_parameters::{RuntimeConfigStore, RuntimeFeesConfig};
use near_primitives_core::account::AccountContract;
use near_primitives_core::hash::CryptoHash;
use near_primitives_core::types::{Balance, Gas};
use near_primitives_core::version::PROTOCOL_VERSION;
use near_vm_runner::logic::mocks::mock_external::MockedExternal;
use near_vm_runner::logic::{ReturnData, VMContext};
use near_vm_runner::{
    Contract, ContractCode, FilesystemContractRuntimeCache, noop_background_spawner, precompile_contract, prepare, run,
};

use crate::keyed;
use crate::peer::{Failure, Peer, timed};
use crate::task::Request;

const SOURCE: [&str; 3] = [
    include_str!("contracts/near.head.wat"),
    include_str!("contracts/keyed.wat"),
    include_str!("contracts/near.tail.wat"),
];

/// The gas limit that the protocol sets for a transaction.
const GAS: Gas = Gas::from_teragas(300);

/// The storage usage of the account before a transaction. The runner subtracts overwritten bytes from it, so it must be large.
const STORED: u64 = 1 << 40;

/// The size of the cache of compiled contracts on disk.
const CACHE_BYTES: u64 = 1 << 26;

/// The inputs of each transaction. The runner itself has no state.
pub struct Near {
    config: Arc<Config>,
    fees: Arc<RuntimeFeesConfig>,
    cache: FilesystemContractRuntimeCache,
    code: Code,
    state: MockedExternal,
}

struct Code(Arc<ContractCode>);

impl Contract for Code {
    fn hash(&self) -> CryptoHash {
        *self.0.hash()
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        Some(self.0.clone())
    }
}

impl Near {
    /// Sets the contract up. Compiled code is in `directory`.
    pub fn new(directory: &Path) -> Result<Self, Failure> {
        let protocol = RuntimeConfigStore::new(None).get_config(PROTOCOL_VERSION).clone();
        let config = Arc::new(Config { vm_kind: VMKind::Wasmtime, ..Config::clone(&protocol.wasm_config) });
        let code = ContractCode::new(wat::parse_str(SOURCE.concat())?, None);
        let cache = FilesystemContractRuntimeCache::with_memory_cache(
            directory,
            None::<&str>,
            "compiled",
            1,
            None,
            CACHE_BYTES,
            noop_background_spawner(),
        )?;
        precompile_contract(&code, config.clone(), Some(&cache)).map_err(to_failure)?.map_err(to_failure)?;
        let state = MockedExternal::with_code(code.clone_for_tests());
        Ok(Self { config, fees: protocol.fees.clone(), cache, code: Code(Arc::new(code)), state })
    }

    fn transact(&mut self, context: &VMContext) -> Result<i64, Failure> {
        let gas = context.make_gas_counter(&self.config);
        let prepared = prepare(&self.code, self.config.clone(), Some(&self.cache), gas, "execute");
        let outcome = run(prepared, &mut self.state, context, self.fees.clone()).map_err(to_failure)?;
        match (outcome.aborted, outcome.return_data) {
            (None, ReturnData::Value(bytes)) => Ok(keyed::word(&bytes)? as i64),
            (aborted, _) => Err(format!("the transaction returned no value: {aborted:?}").into()),
        }
    }
}

fn to_failure(error: impl std::fmt::Debug) -> Failure {
    format!("{error:?}").into()
}

fn context(request: &Request) -> Result<VMContext, Failure> {
    let account = |name: &str| name.parse().map_err(to_failure);
    Ok(VMContext {
        current_account_id: account("contract")?,
        signer_account_id: account("sender")?,
        signer_account_pk: vec![0; 33],
        predecessor_account_id: account("sender")?,
        refund_to_account_id: account("sender")?,
        input: Rc::from(request.bytes().as_slice()),
        promise_results: Vec::new().into(),
        block_height: 1,
        block_timestamp: 1,
        epoch_height: 1,
        account_balance: Balance::from_near(1_000),
        account_locked_balance: Balance::ZERO,
        storage_usage: STORED,
        account_contract: AccountContract::None,
        attached_deposit: Balance::ZERO,
        prepaid_gas: GAS,
        random_seed: vec![0; 32],
        view_config: None,
        output_data_receivers: Vec::new(),
    })
}

impl Peer for Near {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        let contexts = requests.iter().map(context).collect::<Result<Vec<_>, _>>()?;
        timed(&contexts, |context| self.transact(context))
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        self.state.fake_trie.get(key.to_le_bytes().as_slice()).map_or(Ok(0), |value| keyed::word(value))
    }
}
