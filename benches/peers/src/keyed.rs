//! Keys and values for the peers without a store: in memory, or in LMDB.

use std::collections::HashMap;
use std::path::Path;

use lmdb::{Database, DatabaseFlags, Environment, EnvironmentFlags, RwTransaction, Transaction, WriteFlags};

use crate::peer::Failure;

/// The size of the LMDB map: enough for any task, with the free pages of copy-on-write.
const MAP_BYTES: usize = 1 << 30;

/// A store with one open transaction at a time.
pub enum Keyed {
    Memory(HashMap<Vec<u8>, Vec<u8>>),
    Lmdb(Lmdb),
}

/// An LMDB environment. It is never closed, so that a value with an open transaction needs no lifetime. Each arm on disk has
/// one.
pub struct Lmdb {
    environment: &'static Environment,
    database: Database,
    open: Option<RwTransaction<'static>>,
}

impl Keyed {
    pub fn in_memory() -> Self {
        Self::Memory(HashMap::new())
    }

    /// Commits do not wait for the disk, as in the lab.
    pub fn on_disk(directory: &Path) -> Result<Self, Failure> {
        let mut builder = Environment::new();
        let flags = EnvironmentFlags::NO_SYNC | EnvironmentFlags::NO_META_SYNC;
        let environment = builder.set_flags(flags).set_map_size(MAP_BYTES).open(directory)?;
        let environment: &'static Environment = Box::leak(Box::new(environment));
        let database = environment.create_db(None, DatabaseFlags::empty())?;
        Ok(Self::Lmdb(Lmdb { environment, database, open: None }))
    }

    /// Begins a transaction. A transaction that is still open is aborted.
    pub fn begin(&mut self) -> Result<(), Failure> {
        if let Self::Lmdb(lmdb) = self {
            lmdb.open = None;
            lmdb.open = Some(lmdb.environment.begin_rw_txn()?);
        }
        Ok(())
    }

    /// Commits the open transaction.
    pub fn commit(&mut self) -> Result<(), Failure> {
        match self {
            Self::Lmdb(Lmdb { open, .. }) => Ok(open.take().ok_or(NOT_BEGUN)?.commit()?),
            Self::Memory(_) => Ok(()),
        }
    }

    /// The value of a key in the open transaction.
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, Failure> {
        match self {
            Self::Memory(map) => Ok(map.get(key).map(Vec::as_slice)),
            Self::Lmdb(Lmdb { open, database, .. }) => match open.as_ref().ok_or(NOT_BEGUN)?.get(*database, &key) {
                Ok(value) => Ok(Some(value)),
                Err(lmdb::Error::NotFound) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Memory(map) => match map.get_mut(key) {
                Some(known) if known.len() == value.len() => known.copy_from_slice(value),
                _ => drop(map.insert(key.to_vec(), value.to_vec())),
            },
            Self::Lmdb(Lmdb { open, database, .. }) => {
                open.as_mut().ok_or(NOT_BEGUN)?.put(*database, &key, &value, WriteFlags::empty())?;
            }
        }
        Ok(())
    }

    /// The word of a key of eight bytes; 0 if it has none.
    pub fn word(&self, key: u64) -> Result<u64, Failure> {
        self.get(&key.to_be_bytes())?.map_or(Ok(0), word)
    }

    pub fn put_word(&mut self, key: u64, word: u64) -> Result<(), Failure> {
        self.put(&key.to_be_bytes(), &word.to_le_bytes())
    }

    /// Reads committed state, outside of a measured transaction.
    pub fn committed<T>(&mut self, read: impl FnOnce(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        self.begin()?;
        let found = read(self);
        self.commit()?;
        found
    }
}

const NOT_BEGUN: &str = "no transaction is open on LMDB";

/// Eight little-endian bytes as a number.
pub fn word(bytes: &[u8]) -> Result<u64, Failure> {
    Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| format!("a word should be 8 bytes, but is {}", bytes.len()))?))
}
