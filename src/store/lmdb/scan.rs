//! Reading a store from end to end, for its check. What does not decode is named as well as its key allows.

use std::collections::BTreeSet;

use lmdb::Database;

use super::layout::{self, DIFF_NAME_BYTES, PageRecord};
use super::read::{Entry, commit_number, decode_diff, decode_receipt, owner};
use super::snapshot::LmdbSnapshot;
use crate::store::codec::{DecodeError, Reader};
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::scan::{Found, Scan, Table, Visit};
use crate::store::tree::{Block, BlockId};
use crate::store::{Account, Record, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageIndex, Version};

impl Scan for LmdbSnapshot {
    fn head(&self) -> Result<CommitNumber, StoreError> {
        self.read().head()
    }

    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>) {
        let prefix = owner.map_or(&[][..], |owner| owner.as_bytes());
        let entries = match self.read().entries(self.database(table), prefix) {
            Ok(entries) => entries,
            Err(error) => return visit(Err(error)),
        };
        if table == Table::Diffs {
            return scan_diffs(entries, visit);
        }
        for entry in entries {
            let is_end = entry.is_err();
            match entry {
                Ok(entry) => visit_entry(table, entry, visit),
                Err(error) => visit(Err(error)),
            }
            if is_end {
                return;
            }
        }
    }

    fn owners(&self, table: Table) -> Result<BTreeSet<Address>, StoreError> {
        let mut owners = BTreeSet::new();
        let mut from = [0; 20];
        while let Some((key, _)) = self.read().at_or_after(self.database(table), &from)? {
            let Some(owner) = owner(key) else {
                return Err(Record::Table(table.name()).damaged(DecodeError::Invalid("key")));
            };
            owners.insert(owner);
            let Some(next) = successor(&owner) else { break };
            from = next;
        }
        Ok(owners)
    }
}

impl LmdbSnapshot {
    fn database(&self, table: Table) -> Database {
        let tables = &self.read().shared.tables;
        match table {
            Table::Accounts => tables.accounts,
            Table::Code => tables.code,
            Table::Pages => tables.pages,
            Table::Blocks => tables.tree,
            Table::Diffs => tables.diffs,
            Table::Receipts => tables.receipts,
        }
    }
}

/// The next address in order.
fn successor(address: &Address) -> Option<[u8; 20]> {
    let mut bytes = address.0;
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return Some(bytes);
        }
    }
    None
}

fn visit_entry(table: Table, (key, value): Entry<'_>, visit: Visit<'_>) {
    let bad_key = || Record::Table(table.name()).damaged(DecodeError::Invalid("key"));
    match table {
        Table::Accounts => visit(account(key, value).unwrap_or_else(|| Err(bad_key()))),
        Table::Code => visit(code(key, value).unwrap_or_else(|| Err(bad_key()))),
        Table::Blocks => visit(block(key, value).unwrap_or_else(|| Err(bad_key()))),
        Table::Receipts => visit(receipt(key, value)),
        Table::Pages => match page(key, value) {
            None => visit(Err(bad_key())),
            Some(Err(error)) => visit(Err(error)),
            Some(Ok(record)) => {
                let mut content = ZERO_PAGE;
                record.copy_to(&mut content);
                let content = (!record.is_zero()).then_some(&content);
                visit(Ok(Found::Page(record.page, record.last_change, content)));
            }
        },
        Table::Diffs => {}
    }
}

/// Each of these gives nothing for a key that names nothing.
type Decoded<'a> = Option<Result<Found<'a>, StoreError>>;

fn account(key: &[u8], value: &[u8]) -> Decoded<'static> {
    let address = Address(key.try_into().ok()?);
    let account = Account::decode(key, value).map_err(|problem| Record::Account(address).damaged(problem));
    Some(account.map(|account| Found::Account(address, account)))
}

fn code(key: &[u8], value: &[u8]) -> Decoded<'static> {
    let hash = CodeHash(key.try_into().ok()?);
    let sound = hash::code_hash(value) == hash;
    Some(if sound { Ok(Found::Code(hash)) } else { Err(Record::Code(hash).damaged(DecodeError::Hash)) })
}

fn receipt(key: &[u8], value: &[u8]) -> Result<Found<'static>, StoreError> {
    let commit = commit_number(key)?;
    decode_receipt(key, value).map_err(|problem| Record::Receipt(commit).damaged(problem))?;
    Ok(Found::Receipt(commit))
}

fn page<'a>(key: &[u8], value: &'a [u8]) -> Option<Result<PageRecord<'a>, StoreError>> {
    let address = owner(key)?;
    let index = key.get(layout::ADDRESS_BYTES..layout::PAGE_NAME_BYTES)?;
    let page = PageIndex(u32::from_be_bytes(index.try_into().ok()?));
    Some(PageRecord::verify(key, value).map_err(|problem| Record::Page(address, page).damaged(problem)))
}

fn block(key: &[u8], value: &[u8]) -> Decoded<'static> {
    let mut reader = Reader::new(key);
    let address = Address(reader.array().ok()?);
    let level = reader.u8().ok()?;
    let id = BlockId::new(level, u32::from_be_bytes(reader.array().ok()?))?;
    reader.finish().ok()?;
    let mut block = Box::new(Block::empty(id));
    let decoded = block.decode(key, value).map_err(|problem| Record::TreeBlock(address, id).damaged(problem));
    Some(decoded.map(|()| Found::Block(block)))
}

/// Puts the parts of each diff together.
fn scan_diffs<'t>(entries: impl Iterator<Item = Result<Entry<'t>, StoreError>>, visit: Visit<'_>) {
    let name = |entry: &Entry<'t>| entry.0.first_chunk::<DIFF_NAME_BYTES>().copied();
    let mut parts: Vec<Entry<'t>> = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                visit(Err(error));
                break;
            }
        };
        if parts.first().is_some_and(|first| name(first) != name(&entry)) {
            visit(whole_diff(&parts));
            parts.clear();
        }
        parts.push(entry);
    }
    if !parts.is_empty() {
        visit(whole_diff(&parts));
    }
}

fn whole_diff(parts: &[Entry<'_>]) -> Result<Found<'static>, StoreError> {
    let bad_key = |_| Record::Table("diffs").damaged(DecodeError::Invalid("key"));
    let mut reader = Reader::new(parts[0].0);
    let address = Address(reader.array().map_err(bad_key)?);
    let version = Version(u64::from_be_bytes(reader.array().map_err(bad_key)?));
    decode_diff(&address, version, parts).map(Found::Diff)
}
