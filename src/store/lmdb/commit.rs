//! A commit: one transaction of the database, so that all of it is there or nothing.

use lmdb::{Database, Error, RwTransaction, Transaction, WriteFlags};

use super::environment::Shared;
use super::layout;
use super::read::Read;
use crate::store::codec::Writer;
use crate::store::diff::{Part, PartEncoder};
use crate::store::tree::TreeUpdate;
use crate::store::{Batch, ContractChange, PageWrite, StoreError};
use crate::units::{Address, CommitNumber, Version};

pub(super) fn commit(shared: &Shared, batch: &Batch<'_>) -> Result<(), StoreError> {
    let transaction = shared.environment.begin_rw_txn().map_err(shared.error("beginning a commit"))?;
    let mut commit = Commit { shared, transaction };
    let read = commit.read();
    batch.verify(read.head()?, |address| read.account(address))?;

    let tables = &shared.tables;
    for (address, _, after) in &batch.accounts {
        commit.put(tables.accounts, address.as_bytes(), &after.encode(address.as_bytes()))?;
    }
    if let Some((hash, code)) = batch.code {
        commit.put(tables.code, hash.as_bytes(), code)?;
    }
    if let Some(number) = batch.commit {
        for change in &batch.contracts {
            commit.change(number, batch.version_of(&change.address), change)?;
        }
        let key = layout::receipt_key(number);
        let mut record = Writer::new();
        record.u8(u8::from(batch.receipt.is_some())).raw(batch.receipt.as_deref().unwrap_or_default());
        commit.put(tables.receipts, &key, &record.seal(&key))?;
    }
    commit.transaction.commit().map_err(shared.error("committing"))
}

struct Commit<'a> {
    shared: &'a Shared,
    transaction: RwTransaction<'a>,
}

impl<'a> Commit<'a> {
    fn read(&self) -> Read<'_, RwTransaction<'a>> {
        Read { shared: self.shared, transaction: &self.transaction }
    }

    fn put(&mut self, table: Database, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let put = self.transaction.put(table, &key, &value, WriteFlags::empty());
        put.map_err(self.shared.error("writing"))
    }

    fn delete(&mut self, table: Database, key: &[u8]) -> Result<(), StoreError> {
        match self.transaction.del(table, &key, None) {
            Ok(()) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(self.shared.error("deleting")(error)),
        }
    }

    /// Writes what a new version of a contract changes: its pages, its diff and its tree.
    fn change(
        &mut self,
        commit: CommitNumber,
        version: Version,
        change: &ContractChange<'_>,
    ) -> Result<(), StoreError> {
        let mut parts = PartEncoder::new(commit, version, change);
        for write in &change.pages {
            let previous = self.replace_page(&change.address, write, version)?;
            if let Some(part) = parts.page(write, previous) {
                self.put_part(&change.address, version, part)?;
            }
        }
        self.put_part(&change.address, version, parts.finish())?;
        self.write_tree(&change.address, &change.tree)
    }

    /// Puts a page's new record in the place of its old one, and returns the version that the old one was of.
    fn replace_page(
        &mut self,
        address: &Address,
        write: &PageWrite<'_>,
        version: Version,
    ) -> Result<Version, StoreError> {
        let pages = self.shared.tables.pages;
        let (key, value) = layout::page_record(address, write.page, version, write.bytes);
        let old = self.read().page(address, write.page)?;
        let old = old.map(|((key, _), record)| (key.to_vec(), record.last_change));
        if let Some((old_key, _)) = &old {
            self.delete(pages, old_key)?;
        }
        self.put(pages, &key, value)?;
        Ok(old.map_or(Version(0), |(_, last_change)| last_change))
    }

    fn put_part(&mut self, address: &Address, version: Version, mut part: Part) -> Result<(), StoreError> {
        let key = layout::diff_key(address, version, part.first);
        self.put(self.shared.tables.diffs, &key, &part.body.seal(&key))
    }

    fn write_tree(&mut self, address: &Address, tree: &TreeUpdate) -> Result<(), StoreError> {
        for block in tree.blocks() {
            let key = layout::block_key(address, block.id);
            if block.is_empty() {
                self.delete(self.shared.tables.tree, &key)?;
            } else {
                self.put(self.shared.tables.tree, &key, &block.encode(&key))?;
            }
        }
        Ok(())
    }
}
