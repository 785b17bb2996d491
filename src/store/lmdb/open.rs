//! Opening a store: turns a path into an open LMDB environment that holds a store of this format, or returns the reason why not.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lmdb::{Database, Environment, Error, Transaction, WriteFlags};

use super::directory;
use super::environment::{self, Opened, Shared};
use super::failure::{io_error, translate};
use super::files::DATA_FILE;
use super::layout::{FORMAT, FORMAT_KEY, MAGIC};
use super::open_file;
use super::options::{Access, Durability, OpenOptions, Settings};
use super::pages::{Pages, PagesOfFile};
use super::readers;
use super::reservation::Reservation;
use super::source::Source;
use super::unfinished::Unfinished;
use super::writer_lock::WriterLock;
use super::writing::Writing;
use crate::store::codec::{self, Reader, Writer};
use crate::store::{Record, StoreError};

/// Opens the store at a path, or returns the one that this process already has open.
pub(super) fn open(path: &Path, options: &OpenOptions, settings: Settings) -> Result<Arc<Shared>, StoreError> {
    let create = options.create && options.access == Access::ReadWrite;
    let path = directory::find_directory(path, create)?;
    let data = directory::find_data(&path, create)?;
    let shared = environment::share(path, data, |path| open_database(path, options, create, settings))?;
    let conflict = |open, asked| Err(StoreError::AlreadyOpen { path: shared.path().to_owned(), open, asked });
    match (shared.access, options.access) {
        (Access::ReadOnly | Access::ReadOnlyWithoutLock, Access::ReadWrite) => {
            conflict("for reading only", "for writing")
        }
        (Access::ReadOnlyWithoutLock, Access::ReadOnly) => conflict("without a lock", "with one"),
        (Access::ReadWrite, Access::ReadWrite) if shared.durability != options.durability => match options.durability {
            Durability::Synced => conflict("with Durability::Async", "with Durability::Synced"),
            Durability::Async => conflict("with Durability::Synced", "with Durability::Async"),
        },
        _ => Ok(shared),
    }
}

fn open_database(path: &Path, options: &OpenOptions, create: bool, settings: Settings) -> Result<Opened, StoreError> {
    let lock = match options.access {
        Access::ReadWrite => Some(WriterLock::take(path)?),
        Access::ReadOnly | Access::ReadOnlyWithoutLock => None,
    };
    if options.access != Access::ReadOnlyWithoutLock {
        readers::reserve(path)?;
    }
    let (environment, reservation, pages) = open_without_unfinished(path, options, settings)?;
    // Otherwise the pages of a killed reader's snapshot could not be used again.
    environment::clear_dead_readers(&environment);
    let failed = |error| translate(path, "opening the table", error);
    let records = environment.open_db(None).map_err(failed)?;
    if lock.is_some() {
        pages.look_at_length()?;
        pages_now(path, &environment, &pages)?.free_list()?;
    }
    if is_blank(path, &environment, records)? {
        if !create {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        write_format(&environment, records, reservation.as_ref())
            .map_err(|error| translate(path, "writing the format", error))?;
        directory::make_names_durable(path)?;
    }
    verify_format(path, &environment, &pages)?;
    let OpenOptions { access, durability, .. } = *options;
    let most_late_groups = settings.late_groups;
    Ok(Opened { environment, pages, reservation, records, access, durability, most_late_groups, lock })
}

/// Opens the LMDB environment, and undoes the commit in which a process was killed, if there is one.
fn open_without_unfinished(
    path: &Path,
    options: &OpenOptions,
    settings: Settings,
) -> Result<(Environment, Option<Reservation>, PagesOfFile), StoreError> {
    const ATTEMPTED: &str = "taking back an unfinished commit in";
    let failed = |error| translate(path, ATTEMPTED, error);
    let (unfinished, _lock) = find_unfinished(path, options.access)?;
    if let Some(unfinished) = &unfinished {
        unfinished.take_back(path).map_err(io_error(ATTEMPTED, path))?;
    }
    // The length of the file is compared with what its pages need before LMDB makes it longer.
    let pages = || PagesOfFile::open(path, options.access);
    let has_data = fs::metadata(path.join(DATA_FILE)).is_ok_and(|data| data.len() > 0);
    let existing = if has_data { pages()? } else { None };
    let (environment, reservation) = open_file::open_file(path, options, settings)?;
    if let Some(unfinished) = &unfinished {
        unfinished.settle(path, &environment).map_err(failed)?;
    }
    let pages = match existing {
        Some(pages) => pages,
        None => pages()?.ok_or_else(|| failed(Error::Invalid))?,
    };
    Ok((environment, reservation, pages))
}

/// Returns the pages of the newest commit.
fn pages_now(path: &Path, environment: &Environment, pages: &PagesOfFile) -> Result<Pages, StoreError> {
    let failed = |error| translate(path, "looking at the table", error);
    let transaction = environment.begin_ro_txn().map_err(failed)?;
    // SAFETY: the transaction is alive, and the call only reads its number.
    let commit = unsafe { lmdb_sys::mdb_txn_id(transaction.txn()) } as u64;
    let table = environment.open_db(None).map_err(failed)?;
    let entries = transaction.stat(table).map_err(failed)?.entries();
    pages.of_commit(commit, Some(entries))?.ok_or_else(|| failed(Error::BadTxn))
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
        match WriterLock::take(path) {
            Ok(lock) => return Ok((find()?, Some(lock))),
            Err(StoreError::Locked { .. }) => thread::sleep(Duration::from_millis(1)),
            // Who may not write can only wait.
            Err(_) if access == Access::ReadOnlyWithoutLock => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error),
        }
    }
    if access == Access::ReadOnlyWithoutLock && find()?.is_some_and(|found| found.is_named) {
        return Err(StoreError::Unfinished { path: path.to_owned() });
    }
    Ok((None, None))
}

fn another_database(path: &Path) -> StoreError {
    StoreError::NotAStore { path: path.to_owned(), reason: "it holds another program's database" }
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

fn verify_format(path: &Path, environment: &Environment, pages: &PagesOfFile) -> Result<(), StoreError> {
    let failed = |error| translate(path, "reading the format", error);
    // Registers the commit, so that its pages stay as they are.
    let transaction = environment.begin_ro_txn().map_err(failed)?;
    let newest = pages_now(path, environment, pages)?;
    if let Some((FORMAT_KEY, record)) = Source::Pages(newest.tree()).at_or_after(FORMAT_KEY)? {
        return match read_format(FORMAT_KEY, record)? {
            Some(FORMAT) => Ok(()),
            Some(found) => Err(StoreError::Format { path: path.to_owned(), found, supported: FORMAT }),
            None => Err(another_database(path)),
        };
    }
    drop(transaction);
    // The first format version had a table for each kind of record.
    newest.tree().verify_all()?;
    let key = &FORMAT_KEY[1..];
    let Ok(meta) = environment.open_db(Some("meta")) else { return Err(another_database(path)) };
    let transaction = environment.begin_ro_txn().map_err(failed)?;
    let record = match transaction.get(meta, &key) {
        Ok(record) => record,
        Err(Error::NotFound) => return Err(another_database(path)),
        Err(error) => return Err(failed(error)),
    };
    match read_format(key, record)? {
        Some(found) => Err(StoreError::Format { path: path.to_owned(), found, supported: FORMAT }),
        None => Err(another_database(path)),
    }
}

/// Returns the number of the format, or `None` if the record is another program's.
fn read_format(key: &[u8], record: &[u8]) -> Result<Option<u64>, StoreError> {
    let found = codec::unseal(key, record).and_then(|body| {
        let mut reader = Reader::new(body);
        Ok((reader.raw(MAGIC.len())? == MAGIC).then_some(reader.varint()?))
    });
    found.map_err(|problem| Record::Table("meta").damaged(problem))
}
