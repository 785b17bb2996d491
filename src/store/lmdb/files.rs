//! The files of a store.

/// LMDB's data file.
pub(super) const DATA_FILE: &str = "data.mdb";

/// LMDB's table of readers.
pub(super) const READERS_FILE: &str = "lock.mdb";

/// The file on which the writer holds a lock.
pub(super) const WRITER_LOCK_FILE: &str = "vellum.lock";

/// The files that an unfinished creation can leave.
pub(super) const OWN_FILES: [&str; 3] = [DATA_FILE, READERS_FILE, WRITER_LOCK_FILE];
