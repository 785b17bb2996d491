//! Write transactions. All of them go through this module, so that each has disk space for its operations.
//!
//! **References into a map that is written.** A value that is read is a `&[u8]` into the map. If LMDB writes through the map, this is
//! memory that LMDB writes. The bytes of such a value nevertheless never change:
//!
//! - A value from a snapshot lies in a page that the snapshot's commit can reach. A transaction writes only to its own copies of pages,
//!   to new pages and to free pages. A page is free only if no snapshot in the table of readers can reach it, and the snapshots of
//!   this process are in that table as long as they are held.
//! - A value from a write transaction borrows the transaction, and everything that writes borrows it mutably.
//!
//! Otherwise only unsafe code with a wrong pointer could write there. It could do so anywhere in memory, but here it would damage the
//! store. A contract cannot reach the map: its memories are bounded.

use lmdb::{Database, Environment, Error, RwTransaction, Transaction, WriteFlags};
use std::sync::MutexGuard;

use super::bound::{Bound, Operation, Table};
use super::reservation::{Reservation, State};

/// A write transaction.
pub(super) struct Writing<'a> {
    environment: &'a Environment,
    records: Database,
    pub(super) transaction: RwTransaction<'a>,
    /// The disk space, if the file is written through its map. Dropped after the transaction.
    room: Option<Room<'a>>,
}

impl<'a> Writing<'a> {
    pub(super) fn begin(
        environment: &'a Environment,
        records: Database,
        reservation: Option<&'a Reservation>,
    ) -> Result<Self, Error> {
        let transaction = environment.begin_rw_txn()?;
        let room = match reservation {
            Some(reservation) => Some(Room::begin(reservation, environment, transaction.stat(records)?.into())?),
            None => None,
        };
        Ok(Self { environment, records, transaction, room })
    }

    /// Returns the number of the commit that this transaction makes.
    pub(super) fn number(&self) -> u64 {
        // SAFETY: the transaction is alive, and the call only reads its number.
        unsafe { lmdb_sys::mdb_txn_id(self.transaction.txn()) as u64 }
    }

    /// Returns the number of entries of the table.
    pub(super) fn entries(&self) -> usize {
        self.transaction.stat(self.records).map_or(0, |stat| stat.entries())
    }

    pub(super) fn put(&mut self, key: &[u8], value: &[u8], flags: WriteFlags) -> Result<(), Error> {
        self.make_room(Operation::Put { key_bytes: key.len(), value_bytes: value.len() })?;
        self.transaction.put(self.records, &key, &value, flags)
    }

    pub(super) fn delete(&mut self, key: &[u8]) -> Result<(), Error> {
        self.make_room(Operation::Delete)?;
        self.transaction.del(self.records, &key, None)
    }

    pub(super) fn commit(mut self) -> Result<(), Error> {
        self.make_room(Operation::Commit)?;
        let Self { environment, transaction, room, .. } = self;
        match room {
            Some(room) => room.commit(environment, transaction),
            None => transaction.commit(),
        }
    }

    fn make_room(&mut self, operation: Operation) -> Result<(), Error> {
        let Some(room) = &mut self.room else { return Ok(()) };
        room.make(self.transaction.stat(self.records)?.into(), operation)
    }
}

/// The disk space for one transaction. It locks the reservation as long as it lives.
struct Room<'a> {
    reservation: &'a Reservation,
    state: MutexGuard<'a, State>,
    /// The number of pages of the file when the transaction began.
    began: u64,
    bound: Bound,
    /// The number of pages of the file for which space is reserved.
    end: u64,
}

impl<'a> Room<'a> {
    fn begin(reservation: &'a Reservation, environment: &Environment, table: Table) -> Result<Self, Error> {
        let state = reservation.state();
        if state.is_outgrown {
            return Err(Error::Panic);
        }
        let began = file_pages(environment)?;
        let bound = Bound::begin(reservation.page_bytes(), began, table);
        Ok(Self { reservation, state, began, bound, end: began })
    }

    fn make(&mut self, table: Table, operation: Operation) -> Result<(), Error> {
        self.end = self.began.saturating_add(self.bound.with(table, operation));
        self.reservation.reserve(&mut self.state, self.end)
    }

    fn commit(mut self, environment: &Environment, transaction: RwTransaction<'_>) -> Result<(), Error> {
        let mark = &self.reservation.mark;
        mark.set((environment.info()?.last_txnid() as u64).saturating_add(1));
        let done = transaction.commit();
        mark.clear();
        if done.is_ok() {
            self.compare(environment);
        }
        done
    }

    /// Compares the pages taken with the pages reserved. If a commit took more, it is valid, but no other may follow it.
    fn compare(&mut self, environment: &Environment) {
        let pages = file_pages(environment).unwrap_or(u64::MAX);
        debug_assert!(pages <= self.end, "{pages} pages, of {} that were reserved: {:?}", self.end, self.bound);
        self.state.is_outgrown = pages > self.end;
        self.reservation.keep(&mut self.state, pages);
    }
}

/// Returns the number of pages of the file up to the last page that a commit has taken.
fn file_pages(environment: &Environment) -> Result<u64, Error> {
    Ok((environment.info()?.last_pgno() as u64).saturating_add(1))
}
