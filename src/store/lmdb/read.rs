//! Reading records through a transaction of a snapshot or of a commit.

use std::collections::BTreeSet;

use super::absence;
use super::environment::Shared;
use super::layout::{self, Name};
use super::page::PageRecord;
use super::source::{Cursor, Entry, Source};
use crate::store::codec::{self, DecodeError};
use crate::store::diff::part::{EncodedPart, undo_page};
use crate::store::hash::ZERO_PAGE;
use crate::store::log::LogRecord;
use crate::store::{Account, DiffRecord, Mark, Moment, Record, StoreError};
use crate::units::{Address, CommitNumber, PageBytes, PageIndex};

/// Reads records of one commit, or through a transaction that reads what it wrote.
pub(super) struct Read<'t> {
    pub(super) shared: &'t Shared,
    pub(super) source: Source<'t>,
}

impl<'t> Read<'t> {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<&'t [u8]>, StoreError> {
        let found = self.source.at_or_after(key)?.filter(|(found, _)| *found == key);
        Ok(found.map(|(_, value)| value))
    }

    /// Returns the entries whose keys begin with `prefix`, in ascending order.
    pub(super) fn entries<'p>(&self, prefix: &'p [u8]) -> Result<Entries<'t, 'p>, StoreError> {
        self.entries_from(prefix, prefix)
    }

    /// Returns the entries whose keys begin with `prefix` and are not less than `start`.
    pub(super) fn entries_from<'p>(&self, start: &[u8], prefix: &'p [u8]) -> Result<Entries<'t, 'p>, StoreError> {
        Ok(Entries { cursor: Some(self.source.seek(start)?), prefix })
    }

    /// Returns the first entry whose key is not less than `key`.
    pub(super) fn at_or_after(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        self.source.at_or_after(key)
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
        match self.source.last()? {
            Some((key, _)) if key != layout::FORMAT_KEY => {
                layout::moment_of_log_key(key).ok_or(Record::Table("log records").damaged(DecodeError::Missing))
            }
            _ => Ok(Moment::default()),
        }
    }

    /// Returns the newest account of an address, and the moment that made it.
    pub(super) fn account(&self, address: &Address) -> Result<Option<(Moment, Account)>, StoreError> {
        let found = self.account_before(address, &layout::accounts_end(address))?;
        if found.is_none() {
            absence::verify_no_account(&self.source, address)?;
        }
        Ok(found)
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
        let Some((key, record)) = self.source.last_before(end)? else { return Ok(None) };
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
        let Some(record) = self.get(&key)? else { return absence::verify_no_log(moment, self.head()?).map(|()| None) };
        LogRecord::decode_last_block(&key, record).map_err(|problem| Record::Log(moment).damaged(problem))
    }

    pub(super) fn log(&self, moment: Moment) -> Result<Option<LogRecord>, StoreError> {
        let key = layout::log_key(moment);
        let Some(record) = self.get(&key)? else { return absence::verify_no_log(moment, self.head()?).map(|()| None) };
        LogRecord::decode(&key, record).map(Some).map_err(|problem| Record::Log(moment).damaged(problem))
    }
}

/// Finds a page. Allocates nothing, not even for an error: fault handlers call it.
pub(super) fn find_page<'t>(
    source: &Source<'t>,
    address: &Address,
    page: PageIndex,
) -> Result<Option<(Entry<'t>, PageRecord<'t>)>, StoreError> {
    let name = layout::page_name(address, page);
    let Some((key, value)) = source.at_or_after(&name)?.filter(|(key, _)| key.starts_with(&name)) else {
        return Ok(None);
    };
    let record = PageRecord::verify(key, value).map_err(|problem| Record::Page(*address, page).damaged(problem))?;
    Ok(Some(((key, value), record)))
}

/// Returns the record of a page; `None` if the page is not stored and the tree has no leaf for it. Allocates nothing, as
/// [`find_page`].
pub(super) fn page_record<'t>(
    source: &Source<'t>,
    address: &Address,
    page: PageIndex,
) -> Result<Option<PageRecord<'t>>, StoreError> {
    match find_page(source, address, page)? {
        Some((_, record)) => Ok(Some(record)),
        None => absence::verify_no_page(source, address, page).map(|()| None),
    }
}

/// Reads a page as it was right after a commit. Allocates nothing, not even for an error: fault handlers call it.
pub(super) fn page_at(
    source: &Source<'_>,
    address: &Address,
    page: PageIndex,
    commit: CommitNumber,
    into: &mut PageBytes,
) -> Result<bool, StoreError> {
    let Some(record) = page_record(source, address, page)? else {
        *into = ZERO_PAGE;
        return Ok(false);
    };
    record.copy_to(into);
    if record.last_change <= commit {
        return Ok(!record.is_zero());
    }
    let mut last_change = record.last_change;
    while last_change > commit {
        last_change = undo(source, address, page, last_change, into)?;
    }
    Ok(*into != ZERO_PAGE)
}

/// Undoes the change of a page in a commit, and returns the previous commit that changed the page.
fn undo(
    source: &Source<'_>,
    address: &Address,
    page: PageIndex,
    commit: CommitNumber,
    into: &mut PageBytes,
) -> Result<CommitNumber, StoreError> {
    let record = Record::Diff(*address, commit);
    let end = layout::diff_key(address, commit, PageIndex(page.0 + 1));
    let undone = match source.last_before(&end)? {
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

/// Iterates over entries in ascending order. Ends after an error.
pub(super) struct Entries<'t, 'p> {
    cursor: Option<Cursor<'t>>,
    prefix: &'p [u8],
}

impl<'t> Iterator for Entries<'t, '_> {
    type Item = Result<Entry<'t>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.cursor.as_mut()?.next().transpose();
        if !matches!(&entry, Some(Ok((key, _))) if key.starts_with(self.prefix)) {
            self.cursor = None;
        }
        entry.filter(|entry| entry.as_ref().map_or(true, |(key, _)| key.starts_with(self.prefix)))
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
