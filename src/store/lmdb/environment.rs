//! An open LMDB environment. All its users in this process share it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

use lmdb::{Database, Environment, Error};

use super::failure::translate;
use super::files::{FileId, READERS_FILE};
use super::gate::Gate;
use super::options::{Access, Durability};
use super::pages::PagesOfFile;
use super::process::{Process, ProcessLocal};
use super::reservation::Reservation;
use super::upper::UpperTrees;
use super::writer_lock::WriterLock;
use crate::store::StoreError;

/// An open LMDB environment. Its fields are dropped in their order: the environment, the reservation of its file, the writer lock, and
/// then its entry in the list.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) environment: ProcessLocal<Environment>,
    /// The pages of the data file, for reading.
    pub(super) pages: PagesOfFile,
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

impl Shared {
    pub(super) fn path(&self) -> &Path {
        &self.listed.path
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

/// See [`Shared::clear_dead_readers`].
pub(super) fn clear_dead_readers(environment: &Environment) -> bool {
    let mut dead = 0;
    // SAFETY: the environment stays open as long as it is borrowed, and `dead` is a valid place for the one integer that is written.
    unsafe { lmdb_sys::mdb_reader_check(environment.env(), &mut dead) == lmdb_sys::MDB_SUCCESS }
}

/// The LMDB environments that this process has open, by their data files. If one file were opened twice, closing either would release
/// the locks of both.
static OPEN: Mutex<BTreeMap<FileId, Entry>> = Mutex::new(BTreeMap::new());

/// Notified when an entry leaves the list.
static CLOSED: Condvar = Condvar::new();

#[derive(Debug)]
struct Entry {
    process: Process,
    shared: Weak<Shared>,
    path: PathBuf,
    readers: Option<FileId>,
}

/// Returns the LMDB environment over a data file: the one that is already open, or else the one that `open` opens at a canonical path.
pub(super) fn share(
    path: PathBuf,
    data: FileId,
    open: impl FnOnce(&Path) -> Result<Opened, StoreError>,
) -> Result<Arc<Shared>, StoreError> {
    let mut list = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(entry) = list.get(&data) {
        let shared = entry.shared.upgrade();
        if !entry.process.is_current() {
            // The parent's. If this process keeps the parent's lock open, it lasts longer than the parent.
            let lock = shared.and_then(|shared| shared.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
            drop(lock);
            list.remove(&data);
            break;
        }
        if let Some(shared) = shared {
            return Ok(shared);
        }
        // Another thread, its last user, is closing it.
        list = CLOSED.wait(list).unwrap_or_else(PoisonError::into_inner);
    }
    // A data file that took the place of an open one still has the lock.mdb of that one.
    let readers = FileId::at(&path.join(READERS_FILE));
    let is_same = |entry: &&Entry| readers.is_some() && entry.readers == readers && entry.process.is_current();
    if let Some(other) = list.values().find(is_same) {
        let path = other.path.clone();
        return Err(StoreError::AlreadyOpen { path, open: "with another data file", asked: "with a new one" });
    }
    let Opened { environment, pages, reservation, records, access, durability, most_late_groups, lock } = open(&path)?;
    let listed = ProcessLocal::new(Listed { path: path.clone(), data });
    let shared = Arc::new(Shared {
        environment: ProcessLocal::new(environment),
        pages,
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
    let readers = FileId::at(&path.join(READERS_FILE));
    list.insert(data, Entry { process: Process::current(), shared: Arc::downgrade(&shared), path, readers });
    Ok(shared)
}

/// The result of opening.
pub(super) struct Opened {
    pub(super) environment: Environment,
    pub(super) pages: PagesOfFile,
    pub(super) reservation: Option<Reservation>,
    pub(super) records: Database,
    pub(super) access: Access,
    pub(super) durability: Durability,
    pub(super) most_late_groups: usize,
    pub(super) lock: Option<WriterLock>,
}

/// An entry in the list. Dropped when the LMDB environment is closed.
#[derive(Debug)]
pub(super) struct Listed {
    path: PathBuf,
    data: FileId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.data);
        CLOSED.notify_all();
    }
}
