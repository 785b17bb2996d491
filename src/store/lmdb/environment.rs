//! An open database, shared by everything in this process that uses it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

use lmdb::{Database, Environment, Error};
use rustix::fs::{FallocateFlags, fallocate};

use super::failure::translate;
use super::files::READERS_FILE;
use super::gate::Gate;
use super::options::{Access, Durability};
use super::reservation::Reservation;
use super::upper::UpperTrees;
use crate::limits::STORE_READERS;
use crate::store::StoreError;

/// An open database. Its fields close in their order: the database, its file, then the lock on it, then its place in the list.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) environment: Environment,
    /// The space of the file, where it is written through the map.
    pub(super) reservation: Option<Reservation>,
    /// The one table.
    pub(super) records: Database,
    pub(super) access: Access,
    pub(super) durability: Durability,
    /// Held by the writer of this process.
    pub(super) writer: Mutex<()>,
    /// Every transaction is inside.
    pub(super) gate: Gate,
    /// Blocks that need not be read.
    pub(super) upper: UpperTrees,
    /// See [`Settings`](super::options::Settings).
    pub(super) most_late_groups: usize,
    /// Keeps other processes from writing; held where the database is open for writing.
    _lock: Option<WriterLock>,
    listed: Listed,
}

/// The right to write, given up explicitly: a child process that is just being started has a copy of the file, and
/// closing this one would leave the lock with it.
#[derive(Debug)]
pub(super) struct WriterLock(pub(super) File);

impl Drop for WriterLock {
    fn drop(&mut self) {
        // If that fails, the lock goes when the file is closed.
        let _ = self.0.unlock();
    }
}

impl Shared {
    pub(super) fn path(&self) -> &Path {
        &self.listed.0
    }

    /// Turns an error of the database into one that says what was attempted.
    pub(super) fn error(&self, attempted: &'static str) -> impl Fn(Error) -> StoreError {
        move |error| translate(self.path(), attempted, error)
    }

    /// Gives back what snapshots of processes that died still hold. Returns whether that could be done.
    pub(super) fn clear_dead_readers(&self) -> bool {
        clear_dead_readers(&self.environment)
    }
}

impl AsRef<Gate> for Shared {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// Takes the space for the table of readers, which the database maps without having it: a snapshot that no space is left
/// for would end the process. Only before the database is open, as closing the file gives up all of the process's locks
/// on it. Where it cannot be had, the first readers have their place none the less.
pub(super) fn reserve_readers(path: &Path) {
    let bytes = (u64::from(STORE_READERS) + 64) * 64;
    if let Ok(file) = File::options().write(true).create(true).truncate(false).open(path.join(READERS_FILE)) {
        let _ = fallocate(&file, FallocateFlags::KEEP_SIZE, 0, bytes);
    }
}

/// See [`Shared::clear_dead_readers`].
pub(super) fn clear_dead_readers(environment: &Environment) -> bool {
    let mut dead = 0;
    // SAFETY: the environment is open for as long as it is borrowed, and `dead` is a place for one number.
    unsafe { lmdb_sys::mdb_reader_check(environment.env(), &mut dead) == lmdb_sys::MDB_SUCCESS }
}

/// The databases that this process has open: one that is opened twice would lose its locks when either is closed.
static OPEN: Mutex<BTreeMap<PathBuf, Weak<Shared>>> = Mutex::new(BTreeMap::new());

/// Something has left the list.
static CLOSED: Condvar = Condvar::new();

/// The database under a canonical path that is open already, or else the one that `open` opens.
pub(super) fn share(
    path: PathBuf,
    open: impl FnOnce(&Path) -> Result<Opened, StoreError>,
) -> Result<Arc<Shared>, StoreError> {
    let mut list = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(entry) = list.get(&path) {
        if let Some(shared) = entry.upgrade() {
            return Ok(shared);
        }
        // Its last user is closing it in another thread.
        list = CLOSED.wait(list).unwrap_or_else(PoisonError::into_inner);
    }
    let Opened { environment, reservation, records, access, durability, most_late_groups, lock } = open(&path)?;
    let listed = Listed(path.clone());
    let shared = Arc::new(Shared {
        environment,
        reservation,
        records,
        access,
        durability,
        writer: Mutex::new(()),
        gate: Gate::default(),
        upper: UpperTrees::default(),
        most_late_groups,
        _lock: lock,
        listed,
    });
    list.insert(path, Arc::downgrade(&shared));
    Ok(shared)
}

/// What opening gives.
pub(super) struct Opened {
    pub(super) environment: Environment,
    pub(super) reservation: Option<Reservation>,
    pub(super) records: Database,
    pub(super) access: Access,
    pub(super) durability: Durability,
    pub(super) most_late_groups: usize,
    pub(super) lock: Option<WriterLock>,
}

/// A place in the list, left when the database is closed.
#[derive(Debug)]
pub(super) struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        CLOSED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use crate::store::{LmdbStore, OpenOptions};

    #[test]
    fn a_copy_of_the_lock_in_a_child_being_started_does_not_keep_it() {
        let directory = TempDir::new().unwrap();
        let open = || LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
        let store = open();
        let copy = store.shared._lock.as_ref().unwrap().0.try_clone().unwrap();
        drop(store);
        open();
        drop(copy);
    }
}
