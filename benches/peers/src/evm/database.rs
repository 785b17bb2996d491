//! A database for revm on keys and values. Each slot is a record.

use revm::database_interface::ErasedError;
use revm::primitives::{Address, AddressMap, B256, StorageKey, StorageValue, U256};
use revm::state::{Account, AccountInfo, Bytecode};
use revm::{Database, DatabaseCommit};

use super::{CONTRACT, Ledger};
use crate::keyed::Keyed;
use crate::peer::Failure;

/// Slots by number, and accounts by address. The account of the only contract is cached, as in a node.
pub struct OnStore {
    keyed: Keyed,
    contract: AccountInfo,
    /// The error of a commit, which cannot return one.
    failed: Option<Failure>,
}

impl OnStore {
    pub fn new(keyed: Keyed, contract: AccountInfo) -> Self {
        Self { keyed, contract, failed: None }
    }

    fn put(&mut self, changes: AddressMap<Account>) -> Result<(), Failure> {
        for (address, account) in changes.iter().filter(|(_, account)| account.is_touched()) {
            for (slot, value) in account.changed_storage_slots() {
                self.keyed.put(&slot.to_be_bytes::<32>(), &value.present_value.to_be_bytes::<32>())?;
            }
            if *address != CONTRACT && !account.is_empty() {
                let mut record = [0; 40];
                record[..8].copy_from_slice(&account.info.nonce.to_be_bytes());
                record[8..].copy_from_slice(&account.info.balance.to_be_bytes::<32>());
                self.keyed.put(address.as_slice(), &record)?;
            }
        }
        Ok(())
    }
}

fn erased(failure: Failure) -> ErasedError {
    ErasedError::new(std::io::Error::other(failure))
}

impl Database for OnStore {
    type Error = ErasedError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ErasedError> {
        if address == CONTRACT {
            return Ok(Some(self.contract.clone()));
        }
        let record = self.keyed.get(address.as_slice()).map_err(erased)?;
        Ok(record.and_then(|record| record.split_first_chunk::<8>()).map(|(nonce, balance)| AccountInfo {
            nonce: u64::from_be_bytes(*nonce),
            balance: U256::from_be_slice(balance),
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash(&mut self, _code_hash: B256) -> Result<Bytecode, ErasedError> {
        Ok(self.contract.code.clone().unwrap_or_default())
    }

    fn storage(&mut self, _address: Address, index: StorageKey) -> Result<StorageValue, ErasedError> {
        let record = self.keyed.get(&index.to_be_bytes::<32>()).map_err(erased)?;
        Ok(record.map_or(U256::ZERO, U256::from_be_slice))
    }

    fn block_hash(&mut self, _number: u64) -> Result<B256, ErasedError> {
        Ok(B256::ZERO)
    }
}

impl DatabaseCommit for OnStore {
    fn commit(&mut self, changes: AddressMap<Account>) {
        self.failed = self.put(changes).err();
    }
}

impl Ledger for OnStore {
    fn begin(&mut self) -> Result<(), Failure> {
        self.keyed.begin()
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.failed.take().map_or(Ok(()), Err)?;
        self.keyed.commit()
    }
}
