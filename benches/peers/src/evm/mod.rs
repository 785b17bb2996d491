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
use crate::task::{Order, Task};
use database::OnStore;

const CONTRACT: Address = Address::repeat_byte(0x11);
const CALLER: Address = Address::repeat_byte(0x22);

/// Gas of every transaction: more than any of them uses.
const GAS: u64 = 1 << 40;

/// A database that is told where a transaction begins and ends.
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

/// A machine that lasts, with its database.
pub struct Evm<D: Ledger> {
    task: Task,
    machine: MainnetEvm<MainnetContext<D>>,
}

/// On revm's own database in memory.
pub fn in_memory(task: Task) -> Result<Evm<CacheDB<EmptyDB>>, Failure> {
    let mut database = CacheDB::new(EmptyDB::default());
    database.insert_account_info(CONTRACT, contract()?);
    Ok(Evm::new(task, database))
}

/// On keys and values.
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

    fn transact(&mut self, request: TxEnv) -> Result<i64, Failure> {
        self.database().begin()?;
        let result = self.machine.transact_commit(request).map_err(|error| format!("{error:?}"))?;
        self.database().end()?;
        match result {
            ExecutionResult::Success { output: Output::Call(bytes), .. } if bytes.len() == 32 => {
                Ok(U256::from_be_slice(&bytes).wrapping_to::<u64>() as i64)
            }
            other => Err(format!("the transaction ended otherwise: {other:?}").into()),
        }
    }
}

fn request(order: &Order) -> Result<TxEnv, Failure> {
    let [a, b, c] = order.arguments;
    let data: Vec<u8> =
        [order.function, a, b, c].into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
    let builder = TxEnv::builder().caller(CALLER).kind(TxKind::Call(CONTRACT)).data(Bytes::from(data));
    builder.gas_limit(GAS).gas_price(0).build().map_err(|error| format!("{error:?}").into())
}

/// Where the word of a key is.
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
    fn run(&mut self, orders: &[Order]) -> Result<(Vec<i64>, Duration), Failure> {
        let requests = orders.iter().map(request).collect::<Result<Vec<_>, _>>()?;
        timed(requests, |request| self.transact(request))
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
