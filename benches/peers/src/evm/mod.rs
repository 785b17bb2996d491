//! revm: the tasks as EVM bytecode, on its own database in memory and on LMDB.

mod assembler;
mod database;

use std::time::Duration;

use revm::context::TxEnv;
use revm::context::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::MainnetContext;
use revm::primitives::{Address, Bytes, TxKind, U256, keccak256};
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, Database, DatabaseCommit, ExecuteCommitEvm, MainBuilder, MainContext, MainnetEvm};

use crate::keyed::Keyed;
use crate::peer::{Failure, Peer, timed};
use crate::task::{Request, Task};
use database::OnStore;

const CONTRACT: Address = Address::repeat_byte(0x11);
const CALLER: Address = Address::repeat_byte(0x22);

/// The gas limit of every transaction, which no transaction reaches.
const GAS: u64 = 1 << 40;

/// A database with transactions.
pub trait Ledger: Database + DatabaseCommit {
    fn begin(&mut self) -> Result<(), Failure>;
    fn end(&mut self) -> Result<(), Failure>;
}

impl Ledger for CacheDB<EmptyDB> {
    fn begin(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// An EVM that is reused for all transactions, with its database.
pub struct Evm<D: Ledger> {
    task: Task,
    machine: MainnetEvm<MainnetContext<D>>,
}

/// An EVM on revm's own database in memory.
pub fn in_memory(task: Task) -> Result<Evm<CacheDB<EmptyDB>>, Failure> {
    let mut database = CacheDB::new(EmptyDB::default());
    database.insert_account_info(CONTRACT, contract()?);
    Ok(Evm::new(task, database))
}

/// An EVM on keys and values.
pub fn on_store(task: Task, keyed: Keyed) -> Result<Evm<OnStore>, Failure> {
    Ok(Evm::new(task, OnStore::new(keyed, contract()?)))
}

/// The contract's account, with its code analysed.
fn contract() -> Result<AccountInfo, Failure> {
    let code = Bytecode::new_raw(assembler::assemble(include_str!("../contracts/words.evm"))?.into());
    Ok(AccountInfo { nonce: 1, code_hash: code.hash_slow(), code: Some(code), ..AccountInfo::default() })
}

impl<D: Ledger> Evm<D> {
    fn new(task: Task, database: D) -> Self {
        let machine = Context::mainnet()
            .with_db(database)
            .modify_cfg_chained(|cfg| {
                cfg.disable_nonce_check = true;
                cfg.tx_gas_limit_cap = Some(u64::MAX);
            })
            .build_mainnet();
        Self { task, machine }
    }

    fn database(&mut self) -> &mut D {
        &mut self.machine.ctx.journaled_state.database
    }

    fn transact(&mut self, transaction: TxEnv) -> Result<i64, Failure> {
        self.database().begin()?;
        let result = self.machine.transact_commit(transaction).map_err(|error| format!("{error:?}"))?;
        self.database().end()?;
        match result {
            ExecutionResult::Success { output: Output::Call(bytes), .. } if bytes.len() == 32 => {
                Ok(U256::from_be_slice(&bytes).wrapping_to::<u64>() as i64)
            }
            other => Err(format!("the transaction should return 32 bytes, but ended with {other:?}").into()),
        }
    }
}

fn transaction(request: &Request) -> Result<TxEnv, Failure> {
    let [a, b, c] = request.arguments;
    let data: Vec<u8> =
        [request.function, a, b, c].into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
    let builder = TxEnv::builder().caller(CALLER).kind(TxKind::Call(CONTRACT)).data(Bytes::from(data));
    builder.gas_limit(GAS).gas_price(0).build().map_err(|error| format!("{error:?}").into())
}

/// The slot of a key's word.
fn slot(task: Task, key: u64) -> U256 {
    match task {
        Task::Token { .. } => {
            let mut bytes = [0; 64];
            bytes[24..32].copy_from_slice(&key.to_be_bytes());
            keccak256(bytes).into()
        }
        Task::Counter | Task::Scatter { .. } => U256::from(key),
    }
}

impl<D: Ledger> Peer for Evm<D> {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        let transactions = requests.iter().map(transaction).collect::<Result<Vec<_>, _>>()?;
        timed(transactions, |transaction| self.transact(transaction))
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        let slot = slot(self.task, key);
        let database = self.database();
        database.begin()?;
        let found = database.storage(CONTRACT, slot).map_err(|error| error.to_string())?;
        database.end()?;
        Ok(found.wrapping_to())
    }
}
