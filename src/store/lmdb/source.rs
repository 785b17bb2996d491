//! Where records are read: the pages of a commit, or a write transaction that must see what it wrote.
//!
//! A commit reads what was recorded before it, like a snapshot. Only a transaction that mends reads its own writes. These are in LMDB's
//! memory, so it reads through LMDB, after all pages of the table were verified.

use lmdb::{Cursor as _, Error, RoCursor, RwTransaction, Transaction};

use super::environment::Shared;
pub(super) use super::pages::Entry;
use super::pages::{Position, Tree};
use crate::store::StoreError;

/// A source of records.
#[derive(Clone, Copy)]
pub(super) enum Source<'t> {
    Pages(Tree<'t>),
    Transaction(&'t Shared, &'t RwTransaction<'t>),
}

impl<'t> Source<'t> {
    /// Returns the first entry whose key is not less than `key`. Of pages it allocates nothing, not even for an error.
    pub(super) fn at_or_after(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        match self {
            Self::Pages(tree) => tree.at_or_after(key),
            Self::Transaction(shared, transaction) => {
                let cursor = cursor(shared, transaction)?;
                // LMDB cannot search for an empty key.
                let operation = if key.is_empty() { lmdb_sys::MDB_FIRST } else { lmdb_sys::MDB_SET_RANGE };
                found(shared, cursor.get((!key.is_empty()).then_some(key), None, operation))
            }
        }
    }

    /// Returns the last entry whose key is less than `key`. Of pages it allocates nothing, not even for an error.
    pub(super) fn last_before(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        match self {
            Self::Pages(tree) => tree.last_before(key),
            Self::Transaction(shared, transaction) => {
                let cursor = cursor(shared, transaction)?;
                match cursor.get(Some(key), None, lmdb_sys::MDB_SET_RANGE) {
                    Err(Error::NotFound) => found(shared, cursor.get(None, None, lmdb_sys::MDB_LAST)),
                    Ok(_) => found(shared, cursor.get(None, None, lmdb_sys::MDB_PREV)),
                    Err(error) => Err(shared.error("reading")(error)),
                }
            }
        }
    }

    /// Returns the last entry.
    pub(super) fn last(&self) -> Result<Option<Entry<'t>>, StoreError> {
        match self {
            Self::Pages(tree) => {
                let mut position = Position::default();
                if tree.last(&mut position)? { tree.entry(&mut position) } else { Ok(None) }
            }
            Self::Transaction(shared, transaction) => {
                found(shared, cursor(shared, transaction)?.get(None, None, lmdb_sys::MDB_LAST))
            }
        }
    }

    /// Returns a cursor before the first entry whose key is not less than `key`.
    pub(super) fn seek(&self, key: &[u8]) -> Result<Cursor<'t>, StoreError> {
        Ok(match self {
            Self::Pages(tree) => {
                let mut position = Box::<Position<'t>>::default();
                Cursor::Pages(*tree, tree.search(key, &mut position)?.then_some(position))
            }
            Self::Transaction(shared, transaction) => {
                Cursor::Transaction { shared, cursor: cursor(shared, transaction)?, start: Some(key.to_vec()) }
            }
        })
    }
}

/// Walks along entries in ascending order.
pub(super) enum Cursor<'t> {
    Pages(Tree<'t>, Option<Box<Position<'t>>>),
    Transaction { shared: &'t Shared, cursor: RoCursor<'t>, start: Option<Vec<u8>> },
}

impl<'t> Cursor<'t> {
    pub(super) fn next(&mut self) -> Result<Option<Entry<'t>>, StoreError> {
        match self {
            Self::Pages(_, None) => Ok(None),
            Self::Pages(tree, Some(position)) => {
                let entry = tree.entry(position)?;
                tree.forward(position);
                Ok(entry)
            }
            Self::Transaction { shared, cursor, start } => match start.take() {
                Some(start) if start.is_empty() => found(shared, cursor.get(None, None, lmdb_sys::MDB_FIRST)),
                Some(start) => found(shared, cursor.get(Some(&start), None, lmdb_sys::MDB_SET_RANGE)),
                None => found(shared, cursor.get(None, None, lmdb_sys::MDB_NEXT)),
            },
        }
    }
}

fn cursor<'t>(shared: &Shared, transaction: &'t RwTransaction<'t>) -> Result<RoCursor<'t>, StoreError> {
    transaction.open_ro_cursor(shared.records).map_err(shared.error("reading"))
}

fn found<'t>(
    shared: &Shared,
    result: Result<(Option<&'t [u8]>, &'t [u8]), Error>,
) -> Result<Option<Entry<'t>>, StoreError> {
    match result {
        Ok((key, value)) => Ok(Some((key.unwrap_or_default(), value))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(shared.error("reading")(error)),
    }
}
