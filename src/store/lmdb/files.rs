//! The files of a store.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// LMDB's data file.
pub(super) const DATA_FILE: &str = "data.mdb";

/// LMDB's table of readers.
pub(super) const READERS_FILE: &str = "lock.mdb";

/// The file on which the writer holds a lock.
pub(super) const WRITER_LOCK_FILE: &str = "vellum.lock";

/// The files that an unfinished creation can leave.
pub(super) const OWN_FILES: [&str; 3] = [DATA_FILE, READERS_FILE, WRITER_LOCK_FILE];

/// What identifies a file under any of its names: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(u64, u64);

impl FileId {
    pub(super) fn of(file: &Metadata) -> Self {
        Self(file.dev(), file.ino())
    }

    /// Returns the file of a name, or `None` if there is none.
    pub(super) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|file| Self::of(&file))
    }
}
