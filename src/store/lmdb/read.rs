//! Reading records through a transaction of a snapshot or of a commit.

use std::collections::BTreeSet;

use lmdb::{Cursor, Error, RoCursor, Transaction};

use super::environment::Shared;
use super::failure::unreadable;
use super::layout::{self, Name};
use super::page::PageRecord;
use crate::store::codec::{self, DecodeError};
use crate::store::diff::part::{EncodedPart, undo_page};
use crate::store::hash::ZERO_PAGE;
use crate::store::log::LogRecord;
use crate::store::{Account, DiffRecord, Mark, Moment, Record, StoreError};
use crate::units::{Address, CommitNumber, PageBytes, PageIndex};

/// A key and its value.
pub(super) type Entry<'t> = (&'t [u8], &'t [u8]);

/// Reads records through a transaction.
pub(super) struct Read<'t, T> {
    pub(super) shared: &'t Shared,
    pub(super) transaction: &'t T,
}

impl<'t, T: Transaction> Read<'t, T> {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<&'t [u8]>, StoreError> {
        match self.transaction.get(self.shared.records, &key) {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(self.shared.error("reading")(error)),
        }
    }

    pub(super) fn cursor(&self) -> Result<RoCursor<'t>, StoreError> {
        self.transaction.open_ro_cursor(self.shared.records).map_err(self.shared.error("reading"))
    }

    /// Returns the entries whose keys begin with `prefix`, in ascending order.
    pub(super) fn entries<'p>(&self, prefix: &'p [u8]) -> Result<Entries<'t, 'p>, StoreError> {
        // LMDB cannot search for an empty key.
        let operation = if prefix.is_empty() { lmdb_sys::MDB_FIRST } else { lmdb_sys::MDB_SET_RANGE };
        Ok(Entries { shared: self.shared, cursor: self.cursor()?, start: prefix, prefix, operation })
    }

    /// Returns the entries whose keys begin with `prefix` and are not less than `start`, which must not be empty.
    pub(super) fn entries_from<'p>(&self, start: &'p [u8], prefix: &'p [u8]) -> Result<Entries<'t, 'p>, StoreError> {
        Ok(Entries { shared: self.shared, cursor: self.cursor()?, start, prefix, operation: lmdb_sys::MDB_SET_RANGE })
    }

    /// Returns the first entry whose key is not less than `key`.
    pub(super) fn at_or_after(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        match self.cursor()?.get(Some(key), None, lmdb_sys::MDB_SET_RANGE) {
            Ok((key, value)) => Ok(Some((key.unwrap_or_default(), value))),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(self.shared.error("reading")(error)),
        }
    }

    /// Returns the addresses that own records of any kind except diffs.
    pub(super) fn owners(&self) -> Result<BTreeSet<Address>, StoreError> {
        let mut owners = BTreeSet::new();
        let mut from = layout::FIRST_OWNER.to_vec();
        while let Some(owner) = self.at_or_after(&from)?.and_then(|(key, _)| layout::owner(key)) {
            owners.insert(owner);
            let Some(next) = layout::after_owner(&owner) else { break };
            from = next.to_vec();
        }
        Ok(owners)
    }

    /// Returns the newest moment, from the last key: the log is the end of the table.
    pub(super) fn head(&self) -> Result<Moment, StoreError> {
        match self.cursor()?.get(None, None, lmdb_sys::MDB_LAST) {
            Ok((key, _)) => Ok(layout::moment_of_log_key(key.unwrap_or_default()).unwrap_or_default()),
            Err(Error::NotFound) => Ok(Moment::default()),
            Err(error) => Err(self.shared.error("reading the head")(error)),
        }
    }

    /// Returns the newest account of an address, and the moment that made it.
    pub(super) fn account(&self, address: &Address) -> Result<Option<(Moment, Account)>, StoreError> {
        self.account_before(address, &layout::accounts_end(address))
    }

    pub(super) fn account_at(
        &self,
        address: &Address,
        moment: Moment,
    ) -> Result<Option<(Moment, Account)>, StoreError> {
        // The least key after this one.
        let mut end = layout::account_key(address, moment).to_vec();
        end.push(0);
        let found = self.account_before(address, &end)?;
        // The history start names the moment of the oldest account.
        if found.is_none()
            && let Some(mark) = self.mark(address)?.filter(|mark| moment < mark.moment)
        {
            return Err(StoreError::Pruned { address: *address, kept: mark.version });
        }
        Ok(found)
    }

    fn account_before(&self, address: &Address, end: &[u8]) -> Result<Option<(Moment, Account)>, StoreError> {
        let entry = last_before(&self.cursor()?, end).map_err(self.shared.error("reading"))?;
        let Some((key, record)) = entry else { return Ok(None) };
        let Some(Name::Account(owner, moment)) = Name::of(key) else { return Ok(None) };
        if owner != *address {
            return Ok(None);
        }
        let account = Account::decode(key, record).map_err(|problem| Record::Account(*address).damaged(problem))?;
        Ok(Some((moment, account)))
    }

    pub(super) fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        let key = layout::pruned_key(address);
        let Some(record) = self.get(&key)? else { return Ok(None) };
        Mark::decode(&key, record).map(Some).map_err(|problem| Record::Mark(*address).damaged(problem))
    }

    pub(super) fn diff(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        let mut parts = Vec::new();
        for entry in self.entries(&layout::diff_name(address, commit))? {
            parts.push(entry?);
        }
        if parts.is_empty() {
            return Ok(None);
        }
        decode_diff(address, commit, &parts).map(Some)
    }

    /// Returns the newest block at a moment, or `None` if there was no block.
    pub(super) fn last_block(&self, moment: Moment) -> Result<Option<u64>, StoreError> {
        let key = layout::log_key(moment);
        let Some(record) = self.get(&key)? else { return Ok(None) };
        LogRecord::decode_last_block(&key, record).map_err(|problem| Record::Log(moment).damaged(problem))
    }

    pub(super) fn log(&self, moment: Moment) -> Result<Option<LogRecord>, StoreError> {
        let key = layout::log_key(moment);
        let Some(record) = self.get(&key)? else { return Ok(None) };
        LogRecord::decode(&key, record).map(Some).map_err(|problem| Record::Log(moment).damaged(problem))
    }
}

/// Returns the last entry whose key is less than `end`. Allocates nothing.
fn last_before<'t>(cursor: &RoCursor<'t>, end: &[u8]) -> Result<Option<Entry<'t>>, Error> {
    let found = match cursor.get(Some(end), None, lmdb_sys::MDB_SET_RANGE) {
        Ok(_) => cursor.get(None, None, lmdb_sys::MDB_PREV),
        Err(Error::NotFound) => cursor.get(None, None, lmdb_sys::MDB_LAST),
        Err(error) => Err(error),
    };
    match found {
        Ok((key, value)) => Ok(Some((key.unwrap_or_default(), value))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds a page with a cursor. Allocates nothing, not even for an error: fault handlers call it.
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
            return Err(unreadable(Record::Page(*address, page), error));
        }
    };
    if !key.starts_with(&name) {
        return Ok(None);
    }
    let record = PageRecord::verify(key, value).map_err(|problem| Record::Page(*address, page).damaged(problem))?;
    Ok(Some(((key, value), record)))
}

/// Reads a page as it was right after a commit. Allocates nothing, not even for an error: fault handlers call it.
pub(super) fn page_at(
    cursor: &RoCursor<'_>,
    address: &Address,
    page: PageIndex,
    commit: CommitNumber,
    into: &mut PageBytes,
) -> Result<bool, StoreError> {
    let Some((_, record)) = find_page(cursor, address, page)? else {
        *into = ZERO_PAGE;
        return Ok(false);
    };
    record.copy_to(into);
    if record.last_change <= commit {
        return Ok(!record.is_zero());
    }
    let mut last_change = record.last_change;
    while last_change > commit {
        last_change = undo(cursor, address, page, last_change, into)?;
    }
    Ok(*into != ZERO_PAGE)
}

/// Undoes the change of a page in a commit, and returns the previous commit that changed the page.
fn undo(
    cursor: &RoCursor<'_>,
    address: &Address,
    page: PageIndex,
    commit: CommitNumber,
    into: &mut PageBytes,
) -> Result<CommitNumber, StoreError> {
    let record = Record::Diff(*address, commit);
    let end = layout::diff_key(address, commit, PageIndex(page.0 + 1));
    let part = last_before(cursor, &end);
    let part = part.map_err(|error| unreadable(record, error))?;
    let undone = match part {
        Some((key, value)) => match Name::of(key) {
            Some(Name::Diff(owner, of, first)) if (owner, of) == (*address, commit) => {
                let is_first = first == PageIndex(0);
                codec::unseal(key, value).and_then(|body| undo_page(commit, EncodedPart { body, is_first }, page, into))
            }
            _ => Err(DecodeError::Missing),
        },
        None => Err(DecodeError::Missing),
    };
    undone.map_err(|problem| record.damaged(problem))
}

/// Iterates over entries in ascending order.
pub(super) struct Entries<'t, 'p> {
    shared: &'t Shared,
    cursor: RoCursor<'t>,
    start: &'p [u8],
    prefix: &'p [u8],
    operation: u32,
}

impl<'t> Iterator for Entries<'t, '_> {
    type Item = Result<Entry<'t>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = (self.operation == lmdb_sys::MDB_SET_RANGE).then_some(self.start);
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

/// Decodes a diff from its parts.
pub(super) fn decode_diff(
    address: &Address,
    commit: CommitNumber,
    parts: &[Entry<'_>],
) -> Result<DiffRecord, StoreError> {
    let decode = || {
        if parts.first().is_none_or(|(key, _)| *key != layout::diff_key(address, commit, PageIndex(0))) {
            return Err(DecodeError::Missing);
        }
        let bodies: Result<Vec<_>, _> = parts.iter().map(|(key, record)| codec::unseal(key, record)).collect();
        DiffRecord::decode(commit, bodies?)
    };
    decode().map_err(|problem| Record::Diff(*address, commit).damaged(problem))
}
