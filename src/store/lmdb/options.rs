//! How a store is opened.

use crate::limits::{LATE_GROUPS, STORE_MAP_BYTES};

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and committing; one process at a time.
    ReadWrite,
    /// Reading only; any number of processes, also beside one that writes.
    ReadOnly,
}

/// What a commit that was reported has survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    Synced,
    /// The death of the process, but not a power cut or a crash of the system: after one the store may have lost
    /// commits or be damaged, and must be checked before it is used. Many times faster.
    ///
    /// On ext4 and tmpfs the file is written through a map of it, and is somewhat longer than what is used while it is
    /// open. A disk that fails under the map ends the process with SIGBUS; one that is full is [`StoreError::Full`].
    ///
    /// [`StoreError::Full`]: crate::store::StoreError::Full
    Async,
}

/// How to open a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it is opened for.
    pub access: Access,
    /// Whether to make one where there is none: only in a directory that is empty or not there, and only for writing.
    pub create: bool,
    /// What commits survive. All users of a store in one process agree on it.
    pub durability: Durability,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { access: Access::ReadWrite, create: true, durability: Durability::Synced }
    }
}

/// What only tests set otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Address space of the map that the database begins with.
    pub(super) map_bytes: usize,
    /// Groups of a contract that can be late.
    pub(super) late_groups: usize,
    /// Whether [`Durability::Async`] writes through the map where it can.
    pub(super) through_map: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { map_bytes: STORE_MAP_BYTES, late_groups: LATE_GROUPS, through_map: true }
    }
}
