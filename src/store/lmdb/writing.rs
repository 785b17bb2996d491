//! A transaction that writes: every one, so that each has space for what it does.
//!
//! **Writing through the map, and references into it.** A value that is read is a `&[u8]` into the map, which is memory that the
//! database writes then. None of them ever changes:
//!
//! - one that a snapshot gave lies in a page that the snapshot's commit can reach. A transaction writes into pages of which it
//!   has made copies, new ones, and free ones; a page is free when no snapshot in the table of readers can reach it, and this
//!   process's are in it as long as they are held;
//! - one that a writing transaction gave borrows it, and all that writes borrows it mutably.
//!
//! What else could write there is unsafe code with a wrong pointer, as anywhere in memory, but here it would damage the store.
//! A contract cannot reach it: its memories are bounded.

use lmdb::{Database, Environment, Error, RwTransaction, Transaction, WriteFlags};
use std::sync::MutexGuard;

use super::bound::{Bound, Operation, Table};
use super::reservation::{Reservation, State};

/// A transaction that writes.
pub(super) struct Writing<'a> {
    environment: &'a Environment,
    records: Database,
    pub(super) transaction: RwTransaction<'a>,
    /// Space, where it is written through the map. Dropped after the transaction.
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

/// Space for one transaction. The reservation is its own as long as it lasts.
struct Room<'a> {
    reservation: &'a Reservation,
    state: MutexGuard<'a, State>,
    /// Pages of the file when it began.
    began: u64,
    bound: Bound,
    /// Pages of the file that it has space for, at most.
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

    /// Compares what was taken with what was reserved. A commit that took more is there, but there may be none after it.
    fn compare(&mut self, environment: &Environment) {
        let pages = file_pages(environment).unwrap_or(u64::MAX);
        debug_assert!(pages <= self.end, "{pages} pages, of {} that were reserved: {:?}", self.end, self.bound);
        self.state.is_outgrown = pages > self.end;
        self.reservation.keep(&mut self.state, pages);
    }
}

/// Pages of the file up to the last that a commit has taken.
fn file_pages(environment: &Environment) -> Result<u64, Error> {
    Ok((environment.info()?.last_pgno() as u64).saturating_add(1))
}
