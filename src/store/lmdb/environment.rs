//! An open LMDB environment. All its users in this process share it.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

use lmdb::{Database, Environment, Error};
use rustix::fs::{FallocateFlags, fallocate};

use super::failure::translate;
use super::files::READERS_FILE;
use super::gate::Gate;
use super::options::{Access, Durability};
use super::process::{Process, ProcessLocal};
use super::reservation::Reservation;
use super::upper::UpperTrees;
use crate::limits::STORE_READERS;
use crate::store::StoreError;

/// An open LMDB environment. Its fields are dropped in their order: the environment, the reservation of its file, the writer lock, and
/// then its entry in the list.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) environment: ProcessLocal<Environment>,
    /// The reserved space of the data file, if the file is written through its map.
    pub(super) reservation: Option<ProcessLocal<Reservation>>,
    /// The only table.
    pub(super) records: Database,
    pub(super) access: Access,
    pub(super) durability: Durability,
    /// Locked by the writer of this process.
    pub(super) writer: Mutex<()>,
    /// The gate that every transaction enters.
    pub(super) gate: Gate,
    /// The upper tree blocks that are kept in memory.
    pub(super) upper: UpperTrees,
    /// See [`Settings`](super::options::Settings).
    pub(super) most_late_groups: usize,
    /// The lock against writers in other processes; `None` if the environment is open for reading only.
    lock: Mutex<Option<WriterLock>>,
    listed: ProcessLocal<Listed>,
}

/// The lock of the writer. It is unlocked explicitly: a child process that is being started has a copy of the file descriptor, so
/// closing the descriptor here would leave the lock with that copy. A child that drops its copy only closes it, as the lock is its
/// parent's.
#[derive(Debug)]
pub(super) struct WriterLock {
    file: File,
    process: Process,
}

impl WriterLock {
    /// Returns the lock on a file that this process has locked.
    pub(super) fn of(file: File) -> Self {
        Self { file, process: Process::current() }
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        if self.process.is_current() {
            // If this fails, the lock ends when the file is closed.
            let _ = self.file.unlock();
        }
    }
}

impl Shared {
    pub(super) fn path(&self) -> &Path {
        &self.listed.0
    }

    /// Returns an error in a child process that has inherited the environment: its locks and its table of readers are the parent's.
    #[inline]
    pub(super) fn require_own_process(&self) -> Result<(), StoreError> {
        if self.environment.is_here() { Ok(()) } else { Err(StoreError::Inherited) }
    }

    /// Turns an LMDB error into an error of the store that names the attempted operation.
    pub(super) fn error(&self, attempted: &'static str) -> impl Fn(Error) -> StoreError {
        move |error| translate(self.path(), attempted, error)
    }

    /// Frees the reader slots of dead processes, and with them the pages of their snapshots. Returns false on failure.
    pub(super) fn clear_dead_readers(&self) -> bool {
        clear_dead_readers(&self.environment)
    }
}

impl AsRef<Gate> for Shared {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

/// Reserves disk space for the table of readers. LMDB maps the table without reserving space, and a snapshot without space for its
/// slot would end the process. Must be called before the LMDB environment is opened, because closing the file releases all locks of
/// the process on it. An error is ignored: the first slots of the table have space in any case.
pub(super) fn reserve_readers(path: &Path) {
    let bytes = (u64::from(STORE_READERS) + 64) * 64;
    if let Ok(file) = File::options().write(true).create(true).truncate(false).open(path.join(READERS_FILE)) {
        let is_new = file.metadata().is_ok_and(|found| found.len() == 0);
        if fallocate(&file, FallocateFlags::KEEP_SIZE, 0, bytes).is_err() && is_new {
            // Some file systems cannot reserve. LMDB makes the file as long as the table, and takes a longer one for a larger table.
            let _ = file.write_all_at(&[0; STORE_READERS as usize * 64], 0);
        }
    }
}

/// See [`Shared::clear_dead_readers`].
pub(super) fn clear_dead_readers(environment: &Environment) -> bool {
    let mut dead = 0;
    // SAFETY: the environment stays open as long as it is borrowed, and `dead` is a valid place for the one integer that is written.
    unsafe { lmdb_sys::mdb_reader_check(environment.env(), &mut dead) == lmdb_sys::MDB_SUCCESS }
}

/// The LMDB environments that this process has open. If one file were opened twice, closing either would release the locks of both.
static OPEN: Mutex<BTreeMap<PathBuf, (Process, Weak<Shared>)>> = Mutex::new(BTreeMap::new());

/// Notified when an entry leaves the list.
static CLOSED: Condvar = Condvar::new();

/// Returns the LMDB environment at a canonical path: the one that is already open, or else the one that `open` opens.
pub(super) fn share(
    path: PathBuf,
    open: impl FnOnce(&Path) -> Result<Opened, StoreError>,
) -> Result<Arc<Shared>, StoreError> {
    let mut list = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((process, entry)) = list.get(&path) {
        let shared = entry.upgrade();
        if !process.is_current() {
            // The parent's. If this process keeps the parent's lock open, it lasts longer than the parent.
            let lock = shared.and_then(|shared| shared.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
            drop(lock);
            break;
        }
        if let Some(shared) = shared {
            return Ok(shared);
        }
        // Another thread, its last user, is closing it.
        list = CLOSED.wait(list).unwrap_or_else(PoisonError::into_inner);
    }
    let Opened { environment, reservation, records, access, durability, most_late_groups, lock } = open(&path)?;
    let (listed, process) = (ProcessLocal::new(Listed(path.clone())), Process::current());
    let shared = Arc::new(Shared {
        environment: ProcessLocal::new(environment),
        reservation: reservation.map(ProcessLocal::new),
        records,
        access,
        durability,
        writer: Mutex::new(()),
        gate: Gate::default(),
        upper: UpperTrees::default(),
        most_late_groups,
        lock: Mutex::new(lock),
        listed,
    });
    list.insert(path, (process, Arc::downgrade(&shared)));
    Ok(shared)
}

/// The result of opening.
pub(super) struct Opened {
    pub(super) environment: Environment,
    pub(super) reservation: Option<Reservation>,
    pub(super) records: Database,
    pub(super) access: Access,
    pub(super) durability: Durability,
    pub(super) most_late_groups: usize,
    pub(super) lock: Option<WriterLock>,
}

/// An entry in the list. Dropped when the LMDB environment is closed.
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
        let copy = store.shared.lock.lock().unwrap().as_ref().unwrap().file.try_clone().unwrap();
        drop(store);
        open();
        drop(copy);
    }
}
