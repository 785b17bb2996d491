//! Options for opening a store.

use crate::limits::{LATE_GROUPS, STORE_MAP_BYTES};

/// The access for which a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and committing, by one process at a time.
    ReadWrite,
    /// Reading only, by any number of processes, also beside one that writes. Needs write permission for the store's `lock.mdb`.
    ReadOnly,
    /// Reading only, without write permission for any file of the store. Readers are not registered, so a writer in another process can
    /// overwrite what is being read: two commits after a snapshot was taken, its results and its errors are void.
    /// [`LmdbStore::is_overtaken`](super::LmdbStore::is_overtaken) tells whether that happened.
    ReadOnlyWithoutLock,
}

/// The failures that a reported commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A commit survives a power cut.
    Synced,
    /// A commit survives the death of the process, but not a power cut or a crash of the system. After these the store may have
    /// lost commits or be damaged, and must be checked before use. Commits are many times faster.
    ///
    /// On ext4 and tmpfs the data file is written through its map, and is somewhat longer than its used length while it is open. A
    /// disk that fails under the map ends the process with SIGBUS; a full disk gives [`StoreError::Full`].
    ///
    /// [`StoreError::Full`]: crate::store::StoreError::Full
    Async,
}

/// How to open a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// The access.
    pub access: Access,
    /// If true, creates a store if there is none: only for writing, and only in a directory that is empty or does not exist.
    pub create: bool,
    /// The durability of commits. It must be the same for all users in one process that write to the store.
    pub durability: Durability,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { access: Access::ReadWrite, create: true, durability: Durability::Synced }
    }
}

/// Settings that only tests and measurements change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The size in bytes of the map with which LMDB begins.
    pub(super) map_bytes: usize,
    /// The largest number of late groups of a contract.
    pub(super) late_groups: usize,
    /// True if [`Durability::Async`] writes through the map on file systems that allow it.
    pub(super) through_map: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { map_bytes: STORE_MAP_BYTES, late_groups: LATE_GROUPS, through_map: true }
    }
}
