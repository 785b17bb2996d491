//! The failures of the database in the store's words.

use std::fs;
use std::io;
use std::path::Path;

use lmdb::Error;
use rustix::fs::statvfs;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::files::DATA_FILE;
use crate::limits::STORE_READERS;
use crate::store::StoreError;
use crate::units::PAGE_SIZE;

/// What a commit is refused with that the map has no space for.
pub(super) const MAP_IS_FULL: &str =
    "the map of its file cannot grow while snapshots are held, or for lack of address space";

/// Turns an error of the database into one of the store.
pub(super) fn translate(path: &Path, attempted: &'static str, error: Error) -> StoreError {
    let path = path.to_owned();
    let backend = |message: &str| StoreError::Backend { path: path.clone(), attempted, message: message.to_owned() };
    match error {
        Error::MapFull => StoreError::Full { path, attempted, reason: MAP_IS_FULL.to_owned() },
        Error::ReadersFull => StoreError::ReadersFull { path, limit: STORE_READERS },
        Error::MapResized => {
            backend("another process has made it larger than this one has mapped; let go of snapshots, and try again")
        }
        Error::Panic => backend("a commit failed in a way that cannot be undone; close the store and open it again"),
        Error::BadRslot => backend("a snapshot was used in a process that did not take it"),
        Error::Other(code) => {
            let source = io::Error::from_raw_os_error(code);
            match Errno::from_raw_os_error(code) {
                Errno::NOSPC | Errno::DQUOT | Errno::FBIG => {
                    StoreError::Full { path, attempted, reason: source.to_string() }
                }
                // The database says so too of a write of which only a part had space.
                Errno::IO => match lack_of_space(&path) {
                    Some(reason) => StoreError::Full { path, attempted, reason: reason.to_owned() },
                    None => backend(&format!("{source} (a disk that is full can show like this)")),
                },
                _ => backend(&source.to_string()),
            }
        }
        // A cursor or a page that is too full, too: the database checks what it has read by its own bounds.
        Error::Corrupted | Error::PageNotFound | Error::Invalid | Error::CursorFull | Error::PageFull => {
            StoreError::Corrupted { path, attempted, message: error.to_string() }
        }
        other => backend(&other.to_string()),
    }
}

/// Turns an error of the operating system into one that says what was attempted.
pub(super) fn io_error(attempted: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { attempted, path: path.to_owned(), source }
}

/// Pages that the database writes at once. A file system can refuse all of them for want of one, and of blocks that say where
/// they are.
const WRITTEN_AT_ONCE: u64 = 64;

/// Why the data file cannot grow, if that is so: a write that found too little space has taken what there was, or has left what
/// was too little.
fn lack_of_space(path: &Path) -> Option<&'static str> {
    let length = fs::metadata(path.join(DATA_FILE)).ok()?.len();
    if getrlimit(Resource::Fsize).current.is_some_and(|limit| length + PAGE_SIZE as u64 > limit) {
        return Some("the data file is as large as this process may make a file");
    }
    let space = statvfs(path).ok()?;
    let left = space.f_bavail.saturating_mul(space.f_frsize);
    (left < WRITTEN_AT_ONCE * PAGE_SIZE as u64).then_some("the file system is full")
}
