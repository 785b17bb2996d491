//! Reading records through a transaction, whether it is a snapshot's or a commit's.

use lmdb::{Cursor, Database, Error, RoCursor, Transaction};

use super::environment::Shared;
use super::layout::{self, ADDRESS_BYTES, PageRecord};
use crate::store::codec::{self, DecodeError, Reader};
use crate::store::tree::{Block, BlockId, BlockReader};
use crate::store::{Account, DiffRecord, Record, StoreError};
use crate::units::{Address, CommitNumber, PageIndex, Version};

/// A key and what is stored under it.
pub(super) type Entry<'t> = (&'t [u8], &'t [u8]);

/// A transaction and the tables that it reads.
pub(super) struct Read<'t, T> {
    pub(super) shared: &'t Shared,
    pub(super) transaction: &'t T,
}

impl<'t, T: Transaction> Read<'t, T> {
    pub(super) fn get(&self, table: Database, key: &[u8]) -> Result<Option<&'t [u8]>, StoreError> {
        match self.transaction.get(table, &key) {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(self.shared.error("reading")(error)),
        }
    }

    /// The entries of a table whose keys begin with some bytes, in ascending order.
    pub(super) fn entries<'p>(&self, table: Database, prefix: &'p [u8]) -> Result<Entries<'t, 'p>, StoreError> {
        let cursor = self.transaction.open_ro_cursor(table).map_err(self.shared.error("reading"))?;
        // The database knows no empty key.
        let operation = if prefix.is_empty() { lmdb_sys::MDB_FIRST } else { lmdb_sys::MDB_SET_RANGE };
        Ok(Entries { shared: self.shared, cursor, prefix, operation })
    }

    /// The first entry of a table whose key is not less than some bytes.
    pub(super) fn at_or_after(&self, table: Database, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        let cursor = self.transaction.open_ro_cursor(table).map_err(self.shared.error("reading"))?;
        match cursor.get(Some(key), None, lmdb_sys::MDB_SET_RANGE) {
            Ok((key, value)) => Ok(Some((key.unwrap_or_default(), value))),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(self.shared.error("reading")(error)),
        }
    }

    pub(super) fn head(&self) -> Result<CommitNumber, StoreError> {
        let receipts = self.shared.tables.receipts;
        let cursor = self.transaction.open_ro_cursor(receipts).map_err(self.shared.error("reading the head"))?;
        match cursor.get(None, None, lmdb_sys::MDB_LAST) {
            Ok((key, _)) => commit_number(key.unwrap_or_default()),
            Err(Error::NotFound) => Ok(CommitNumber(0)),
            Err(error) => Err(self.shared.error("reading the head")(error)),
        }
    }

    pub(super) fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        let record = self.get(self.shared.tables.accounts, address.as_bytes())?;
        let decode = |record| Account::decode(address.as_bytes(), record);
        record.map(decode).transpose().map_err(|problem| Record::Account(*address).damaged(problem))
    }

    pub(super) fn page(
        &self,
        address: &Address,
        page: PageIndex,
    ) -> Result<Option<(Entry<'t>, PageRecord<'t>)>, StoreError> {
        let cursor = self.transaction.open_ro_cursor(self.shared.tables.pages);
        find_page(&cursor.map_err(self.shared.error("reading"))?, address, page)
    }

    /// Fills an empty block of a contract's tree.
    pub(super) fn block(&self, address: &Address, block: &mut Block) -> Result<(), StoreError> {
        let key = layout::block_key(address, block.id);
        match self.get(self.shared.tables.tree, &key)? {
            Some(record) => {
                block.decode(&key, record).map_err(|problem| Record::TreeBlock(*address, block.id).damaged(problem))
            }
            None => Ok(()),
        }
    }

    pub(super) fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        let mut parts = Vec::new();
        for entry in self.entries(self.shared.tables.diffs, &layout::diff_name(address, version))? {
            parts.push(entry?);
        }
        if parts.is_empty() {
            return Ok(None);
        }
        decode_diff(address, version, &parts).map(Some)
    }

    pub(super) fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        let key = layout::receipt_key(commit);
        let Some(record) = self.get(self.shared.tables.receipts, &key)? else { return Ok(None) };
        decode_receipt(&key, record).map_err(|problem| Record::Receipt(commit).damaged(problem))
    }
}

/// Finds a page with a cursor on the table of pages. Allocates nothing, not even for an error: fault handlers call it.
pub(super) fn find_page<'t>(
    cursor: &RoCursor<'t>,
    address: &Address,
    page: PageIndex,
) -> Result<Option<(Entry<'t>, PageRecord<'t>)>, StoreError> {
    let name = layout::page_name(address, page);
    let (key, value) = match cursor.get(Some(&name), None, lmdb_sys::MDB_SET_RANGE) {
        Ok((key, value)) => (key.unwrap_or_default(), value),
        Err(Error::NotFound) => return Ok(None),
        Err(error) => {
            return Err(StoreError::Unreadable { record: Record::Page(*address, page), code: error.to_err_code() });
        }
    };
    if !key.starts_with(&name) {
        return Ok(None);
    }
    let record = PageRecord::verify(key, value).map_err(|problem| Record::Page(*address, page).damaged(problem))?;
    Ok(Some(((key, value), record)))
}

/// Entries of a table in ascending order.
pub(super) struct Entries<'t, 'p> {
    shared: &'t Shared,
    cursor: RoCursor<'t>,
    prefix: &'p [u8],
    operation: u32,
}

impl<'t> Iterator for Entries<'t, '_> {
    type Item = Result<Entry<'t>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = (self.operation == lmdb_sys::MDB_SET_RANGE).then_some(self.prefix);
        let operation = std::mem::replace(&mut self.operation, lmdb_sys::MDB_NEXT);
        match self.cursor.get(start, None, operation) {
            Ok((key, value)) => {
                let key = key.unwrap_or_default();
                key.starts_with(self.prefix).then_some(Ok((key, value)))
            }
            Err(Error::NotFound) => None,
            Err(error) => Some(Err(self.shared.error("reading")(error))),
        }
    }
}

/// The tree of one contract.
pub(super) struct Tree<'t, T> {
    pub(super) read: Read<'t, T>,
    pub(super) address: Address,
}

impl<T: Transaction> BlockReader for Tree<'_, T> {
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        self.read.block(&self.address, block)
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(self.address, id).damaged(problem)
    }
}

/// The commit that a key of the receipts names.
pub(super) fn commit_number(key: &[u8]) -> Result<CommitNumber, StoreError> {
    let bytes = key.try_into().map_err(|_| Record::Table("receipts").damaged(DecodeError::Invalid("key")))?;
    Ok(CommitNumber(u64::from_be_bytes(bytes)))
}

pub(super) fn decode_receipt(key: &[u8], record: &[u8]) -> Result<Option<Vec<u8>>, DecodeError> {
    let mut reader = Reader::new(codec::unseal(key, record)?);
    match reader.u8()? {
        0 => reader.finish().map(|()| None),
        1 => Ok(Some(reader.rest().to_vec())),
        _ => Err(DecodeError::Invalid("kind")),
    }
}

/// Puts the parts of a diff together.
pub(super) fn decode_diff(address: &Address, version: Version, parts: &[Entry<'_>]) -> Result<DiffRecord, StoreError> {
    let decode = || {
        if parts.first().is_none_or(|(key, _)| *key != layout::diff_key(address, version, PageIndex(0))) {
            return Err(DecodeError::Missing);
        }
        let bodies: Result<Vec<_>, _> = parts.iter().map(|(key, record)| codec::unseal(key, record)).collect();
        DiffRecord::decode(version, bodies?)
    };
    decode().map_err(|problem| Record::Diff(*address, version).damaged(problem))
}

/// The address that a key of a contract's record begins with.
pub(super) fn owner(key: &[u8]) -> Option<Address> {
    key.first_chunk::<ADDRESS_BYTES>().copied().map(Address)
}
