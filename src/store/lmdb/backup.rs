//! A backup: a copy of the data file as of one commit, made while writers go on.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use lmdb::Error;

use super::environment::Shared;
use super::failure::{io_error, translate};
use super::files::DATA_FILE;
use super::gate::Inside;
use super::open::open;
use super::options::{Access, OpenOptions, Settings};
use super::snapshot::LmdbSnapshot;
use super::unfinished;
use crate::store::{Backup, Snapshot, StoreError};

/// The name of the copy until it is complete and on the disk.
const PARTIAL_FILE: &str = "data.mdb.partial";

/// Implements [`PageStore::backup`](crate::store::PageStore::backup).
pub(super) fn backup(shared: &Arc<Shared>, directory: &Path, is_compact: bool) -> Result<Backup, StoreError> {
    let is_new = prepare(directory)?;
    let directory = &fs::canonicalize(directory).map_err(io_error("finding the true name of", directory))?;
    let made = make(shared, directory, is_compact);
    if made.is_err() {
        // The first error matters. What cannot be removed is not a store.
        let _ = fs::remove_file(directory.join(PARTIAL_FILE));
        if is_new {
            let _ = fs::remove_dir(directory);
        }
    }
    made
}

/// Creates the directory of a backup, or verifies that it is empty. Returns whether it is new.
fn prepare(directory: &Path) -> Result<bool, StoreError> {
    match fs::create_dir(directory) {
        Ok(()) => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // Its parents are missing.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(io_error("making the directory", directory))?;
            return Ok(true);
        }
        Err(error) => return Err(io_error("making the directory", directory)(error)),
    }
    let mut entries = fs::read_dir(directory).map_err(io_error("listing", directory))?;
    match entries.next() {
        None => Ok(false),
        Some(_) => Err(StoreError::Occupied { path: directory.to_owned() }),
    }
}

fn make(shared: &Arc<Shared>, directory: &Path, is_compact: bool) -> Result<Backup, StoreError> {
    let (partial, data) = (directory.join(PARTIAL_FILE), directory.join(DATA_FILE));
    let file = File::create_new(&partial).map_err(io_error("creating", &partial))?;
    if is_compact {
        // LMDB follows the tree and the free list then.
        LmdbSnapshot::begin(shared)?.verify_all()?;
    }
    copy(shared, &file, is_compact).map_err(|error| translate(directory, "writing a backup", error))?;
    // The commit that the copy is of is done, though its process may not have cleared the mark yet.
    file.write_all_at(&[0; 8], unfinished::MARK_AT as u64).map_err(io_error("writing", &partial))?;
    file.sync_all().map_err(io_error("syncing", &partial))?;
    let bytes = file.metadata().map_err(io_error("looking at", &partial))?.len();
    if shared.pages.is_overtaken() {
        return Err(StoreError::Overtaken { path: shared.path().to_owned() });
    }
    fs::rename(&partial, &data).map_err(io_error("renaming", &partial))?;
    super::directory::make_names_durable(directory)?;
    // Opens it, so that what is reported is what the copy has.
    let options = OpenOptions { access: Access::ReadOnlyWithoutLock, create: false, ..OpenOptions::default() };
    let commit = LmdbSnapshot::begin(&open(directory, &options, Settings::default())?)?.moment()?.commit;
    Ok(Backup { commit, bytes })
}

fn copy(shared: &Shared, file: &File, is_compact: bool) -> Result<(), Error> {
    let _inside = Inside::of(shared);
    let flags = if is_compact { lmdb_sys::MDB_CP_COMPACT } else { 0 };
    // SAFETY: the environment stays open as long as it is borrowed, and its map where it is, as this thread is inside the gate. The file
    // descriptor is open for writing.
    match unsafe { lmdb_sys::mdb_env_copyfd2(shared.environment.env(), file.as_raw_fd(), flags) } {
        lmdb_sys::MDB_SUCCESS => Ok(()),
        code => Err(Error::from_err_code(code)),
    }
}
