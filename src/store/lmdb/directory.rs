//! The directory of a store and its data file: finding them, creating them, and making their names durable.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::failure::io_error;
use super::files::{DATA_FILE, FileId, OWN_FILES};
use crate::store::StoreError;

/// Returns the canonical path of the store's directory, and creates the directory if `create` is true.
pub(super) fn find_directory(path: &Path, create: bool) -> Result<PathBuf, StoreError> {
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

/// Finds the data file in a directory. If there is none, verifies that the directory holds no other files and a store may be created,
/// and creates an empty data file.
pub(super) fn find_data(path: &Path, create: bool) -> Result<FileId, StoreError> {
    let data = path.join(DATA_FILE);
    match fs::metadata(&data) {
        Ok(found) if found.len() > 0 => return only_name(path, &found),
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
    if !create {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let mut options = File::options();
    // As LMDB creates it.
    let file = options.write(true).create(true).truncate(false).mode(0o644).open(&data);
    let created = file.and_then(|file| file.metadata()).map_err(io_error("creating", &data))?;
    only_name(path, &created)
}

/// Returns the identity of a data file, which must have one name: another one is in another directory, with locks of its own, so that
/// processes would write the file without knowing of each other.
fn only_name(path: &Path, data: &Metadata) -> Result<FileId, StoreError> {
    match data.nlink() {
        names @ 2.. => Err(StoreError::Linked { path: path.to_owned(), names }),
        _ => Ok(FileId::of(data)),
    }
}

/// Syncs the directories of the store. A commit is durable only if the names of its files are.
pub(super) fn make_names_durable(path: &Path) -> Result<(), StoreError> {
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
