//! The files of a store.

/// The database.
pub(super) const DATA_FILE: &str = "data.mdb";

/// The table of those who read it, which the database keeps.
pub(super) const READERS_FILE: &str = "lock.mdb";

/// Whoever writes holds a lock on it.
pub(super) const WRITER_LOCK_FILE: &str = "vellum.lock";

/// Files that an unfinished creation can leave.
pub(super) const OWN_FILES: [&str; 3] = [DATA_FILE, READERS_FILE, WRITER_LOCK_FILE];
