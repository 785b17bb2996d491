//! Opening a store: turns a path into an open LMDB environment that holds a store of this format, or returns the reason why not.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lmdb::{Database, Environment, Error, Transaction, WriteFlags};

use super::environment::{self, Opened, Shared, WriterLock};
use super::failure::{io_error, translate};
use super::files::{DATA_FILE, OWN_FILES, WRITER_LOCK_FILE};
use super::layout::{FORMAT, FORMAT_KEY, MAGIC};
use super::open_file;
use super::options::{Access, Durability, OpenOptions, Settings};
use super::reservation::Reservation;
use super::unfinished::Unfinished;
use super::writing::Writing;
use crate::store::codec::{self, Reader, Writer};
use crate::store::{Record, StoreError};

/// Opens the store at a path, or returns the one that this process already has open.
pub(super) fn open(path: &Path, options: &OpenOptions, settings: Settings) -> Result<Arc<Shared>, StoreError> {
    let create = options.create && options.access == Access::ReadWrite;
    let path = find_directory(path, create)?;
    find_data(&path, create)?;
    let shared = environment::share(path, |path| open_database(path, options, create, settings))?;
    let conflict = |open, asked| Err(StoreError::AlreadyOpen { path: shared.path().to_owned(), open, asked });
    match (shared.access, options.access) {
        (Access::ReadOnly, Access::ReadWrite) => conflict("for reading only", "for writing"),
        (Access::ReadWrite, Access::ReadWrite) if shared.durability != options.durability => match options.durability {
            Durability::Synced => conflict("with Durability::Async", "with Durability::Synced"),
            Durability::Async => conflict("with Durability::Synced", "with Durability::Async"),
        },
        _ => Ok(shared),
    }
}

/// Returns the canonical path of the store's directory, and creates the directory if `create` is true.
fn find_directory(path: &Path, create: bool) -> Result<PathBuf, StoreError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(StoreError::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
            fs::create_dir_all(path).map_err(io_error("making the directory", path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(io_error("opening the store at", path)(error)),
    }
    fs::canonicalize(path).map_err(io_error("finding the true name of", path))
}

/// Verifies that the directory holds a data file, or that it holds no other files and a store may be created.
fn find_data(path: &Path, create: bool) -> Result<(), StoreError> {
    let data = path.join(DATA_FILE);
    match fs::metadata(&data) {
        Ok(found) if found.len() > 0 => return Ok(()),
        // The creation of the store was not finished.
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_error("looking for", &data)(error)),
    }
    for entry in fs::read_dir(path).map_err(io_error("listing", path))? {
        let name = entry.map_err(io_error("listing", path))?.file_name();
        if !OWN_FILES.iter().any(|own| name == *own) {
            return Err(StoreError::NotAStore { path: path.to_owned(), reason: "it holds other files, and no store" });
        }
    }
    if create { Ok(()) } else { Err(StoreError::Missing { path: path.to_owned() }) }
}

fn open_database(path: &Path, options: &OpenOptions, create: bool, settings: Settings) -> Result<Opened, StoreError> {
    let lock = match options.access {
        Access::ReadWrite => Some(lock_for_writing(path)?),
        Access::ReadOnly => None,
    };
    if lock.is_some() {
        environment::reserve_readers(path);
    }
    let (environment, reservation) = open_without_unfinished(path, options, settings)?;
    // Otherwise the pages of a killed reader's snapshot could not be used again.
    environment::clear_dead_readers(&environment);
    let failed = |error| translate(path, "opening the table", error);
    let records = environment.open_db(None).map_err(failed)?;
    if is_blank(path, &environment, records)? {
        if !create {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        write_format(&environment, records, reservation.as_ref())
            .map_err(|error| translate(path, "writing the format", error))?;
        make_names_durable(path)?;
    }
    verify_format(path, &environment, records)?;
    let OpenOptions { access, durability, .. } = *options;
    let most_late_groups = settings.late_groups;
    Ok(Opened { environment, reservation, records, access, durability, most_late_groups, lock })
}

/// Opens the LMDB environment, and undoes the commit in which a process was killed, if there is one.
fn open_without_unfinished(
    path: &Path,
    options: &OpenOptions,
    settings: Settings,
) -> Result<(Environment, Option<Reservation>), StoreError> {
    const ATTEMPTED: &str = "taking back an unfinished commit in";
    let failed = |error| translate(path, ATTEMPTED, error);
    let (found, _lock) = find_unfinished(path, options.access)?;
    let Some(unfinished) = found else { return open_file::open_file(path, options, settings) };
    unfinished.take_back(path).map_err(io_error(ATTEMPTED, path))?;
    let opened = open_file::open_file(path, options, settings)?;
    unfinished.settle(path, &opened.0).map_err(failed)?;
    Ok(opened)
}

/// Returns the mark of a commit that no process will finish. If the store is opened for reading, also returns the writer lock, which
/// undoing the commit needs.
fn find_unfinished(path: &Path, access: Access) -> Result<(Option<Unfinished>, Option<WriterLock>), StoreError> {
    let find = || Unfinished::find(path).map_err(io_error("looking for an unfinished commit in", path));
    if access == Access::ReadWrite {
        return Ok((find()?, None));
    }
    // The writing process finishes its commit, or is killed and another process undoes the commit, or is suspended. A suspended
    // process still holds the table of readers, which names complete commits only, so the store can be opened beside it.
    for _ in 0..100 {
        if !find()?.is_some_and(|found| found.is_named) {
            break;
        }
        match lock_for_writing(path) {
            Ok(lock) => return Ok((find()?, Some(lock))),
            Err(StoreError::Locked { .. }) => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error),
        }
    }
    Ok((None, None))
}

fn another_database(path: &Path) -> StoreError {
    StoreError::NotAStore { path: path.to_owned(), reason: "it holds another program's database" }
}

/// Takes the writer lock, which ends with the process at the latest. Readers do not need it.
fn lock_for_writing(path: &Path) -> Result<WriterLock, StoreError> {
    let file = path.join(WRITER_LOCK_FILE);
    let lock = File::options().write(true).create(true).truncate(false).open(&file);
    let lock = lock.map_err(io_error("opening for writing", &file))?;
    match lock.try_lock() {
        Ok(()) => Ok(WriterLock::of(lock)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(io_error("locking", &file)(error)),
    }
}

/// Returns true if the table has no record, because the creation of the store was not finished.
fn is_blank(path: &Path, environment: &Environment, records: Database) -> Result<bool, StoreError> {
    let entries = environment.begin_ro_txn().and_then(|transaction| Ok(transaction.stat(records)?.entries()));
    entries.map(|entries| entries == 0).map_err(|error| translate(path, "looking at the table", error))
}

fn write_format(environment: &Environment, records: Database, reservation: Option<&Reservation>) -> Result<(), Error> {
    let mut writing = Writing::begin(environment, records, reservation)?;
    let record = Writer::new().raw(MAGIC).varint(FORMAT).seal(FORMAT_KEY);
    writing.put(FORMAT_KEY, &record, WriteFlags::empty())?;
    writing.commit()
}

/// Syncs the directories of the store. A commit is durable only if the names of its files are.
fn make_names_durable(path: &Path) -> Result<(), StoreError> {
    for directory in [Some(path), path.parent()].into_iter().flatten() {
        match File::open(directory).and_then(|file| file.sync_all()) {
            Ok(()) => {}
            // A process can use a directory that it may not read. Such a directory was not created just now.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(io_error("syncing", directory)(error)),
        }
    }
    Ok(())
}

fn verify_format(path: &Path, environment: &Environment, records: Database) -> Result<(), StoreError> {
    let failed = |error| translate(path, "reading the format", error);
    let (table, key) = match environment.begin_ro_txn().map_err(failed)?.get(records, &FORMAT_KEY) {
        Ok(_) => (records, FORMAT_KEY),
        // The first format version had a table for each kind of record.
        Err(Error::NotFound) => match environment.open_db(Some("meta")) {
            Ok(meta) => (meta, &FORMAT_KEY[1..]),
            Err(_) => return Err(another_database(path)),
        },
        Err(error) => return Err(failed(error)),
    };
    let transaction = environment.begin_ro_txn().map_err(failed)?;
    let record = match transaction.get(table, &key) {
        Ok(record) => record,
        Err(Error::NotFound) => return Err(another_database(path)),
        Err(error) => return Err(failed(error)),
    };
    let found = codec::unseal(key, record).and_then(|body| {
        let mut reader = Reader::new(body);
        Ok((reader.raw(MAGIC.len())? == MAGIC).then_some(reader.varint()?))
    });
    match found {
        Ok(Some(FORMAT)) if table == records => Ok(()),
        Ok(Some(found)) => Err(StoreError::Format { path: path.to_owned(), found, supported: FORMAT }),
        Ok(None) => Err(another_database(path)),
        Err(problem) => Err(Record::Table("meta").damaged(problem)),
    }
}
