//! Translates LMDB's errors into errors of the store.

use std::fs;
use std::io;
use std::path::Path;

use lmdb::Error;
use rustix::fs::statvfs;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::files::DATA_FILE;
use crate::host;
use crate::limits::STORE_READERS;
use crate::store::StoreError;
use crate::units::PAGE_SIZE;

/// The reason in the error of a commit that does not fit into the map.
pub(super) const MAP_IS_FULL: &str =
    "the map of its file cannot grow while snapshots are held, or for lack of address space";

/// Turns an LMDB error into an error of the store.
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
                // LMDB also returns this error if the disk had space for only a part of a write.
                Errno::IO => match lack_of_space(&path) {
                    Some(reason) => StoreError::Full { path, attempted, reason: reason.to_owned() },
                    None => backend(&format!("{source} (a disk that is full can show like this)")),
                },
                _ => backend(&source.to_string()),
            }
        }
        // Cursor and page limits are exceeded only by damaged data: LMDB checks what it reads against these limits.
        Error::Corrupted | Error::PageNotFound | Error::Invalid | Error::CursorFull | Error::PageFull => {
            StoreError::Corrupted { path, attempted, message: error.to_string() }
        }
        other => backend(&other.to_string()),
    }
}

/// Turns an I/O error into an error of the store that names the attempted operation and the path.
pub(super) fn io_error(attempted: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { attempted, path: path.to_owned(), source: host::descriptor_error(source) }
}

/// The largest number of pages that LMDB writes in one call. A file system can refuse the whole call if it lacks one block, for data
/// or for its own metadata.
const WRITTEN_AT_ONCE: u64 = 64;

/// Returns the reason why the data file cannot grow, or `None` if it can. A write that failed for lack of space leaves little: it
/// used the remaining space, or left it because it was too little.
fn lack_of_space(path: &Path) -> Option<&'static str> {
    let length = fs::metadata(path.join(DATA_FILE)).ok()?.len();
    if getrlimit(Resource::Fsize).current.is_some_and(|limit| length + PAGE_SIZE as u64 > limit) {
        return Some("the data file is as large as this process may make a file");
    }
    let space = statvfs(path).ok()?;
    let left = space.f_bavail.saturating_mul(space.f_frsize);
    (left < WRITTEN_AT_ONCE * PAGE_SIZE as u64).then_some("the file system is full")
}
