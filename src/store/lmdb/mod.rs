//! A store on disk, over LMDB. Nothing outside this folder knows of LMDB.
//!
//! ```text
//! LmdbStore (one a caller) ─┐
//! LmdbSnapshot ─────────────┴─→ Shared (one a database and process) ─→ map of data.mdb, reader table in lock.mdb,
//!                                                                     right to write: a lock on vellum.lock
//! ```
//! Invariants
//! 1. A process has a database open once: LMDB's locks are the process's, and closing a second opening would drop
//!    those of the first. (`environment::share`.)
//! 2. One process writes at a time, and within it one thread; no reader waits for either. (`open::lock_for_writing`,
//!    `Shared::writer`, LMDB's own mutex.)
//! 3. A commit is one LMDB transaction. (`commit::commit`.)
//! 4. The map is put elsewhere only while no transaction of this process is open. (`gate`, `map`.)
//! 5. The recorded blocks of a contract's tree are those of its newest account, but for those above its late groups.
//!    (`tree`; compared by the check.)
//! 6. Bytes from the file are only taken apart by `codec::Reader`, after their checksum or hash was compared.

mod afresh;
mod blocks;
mod commit;
mod environment;
mod gate;
mod layout;
mod map;
mod mend;
mod open;
mod page;
mod prune;
mod read;
mod scan;
mod snapshot;
mod tree;
mod upper;

pub use open::{Access, Durability, OpenOptions};

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use environment::Shared;
use open::Sizes;
use snapshot::LmdbSnapshot;

use super::check::{self, CheckReport};
use super::world::{self, WorldChange};
use super::{Account, Batch, LiveEvent, Mended, PageStore, Snapshot, StoreError, moment_of};
use crate::units::{Address, Version};

/// Gives bytes to the decoders of what only this store records.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn decode_anything(key: &[u8], record: &[u8]) {
    use crate::units::{CommitNumber, PageIndex};
    let _ = layout::Name::of(key);
    let _ = page::PageRecord::decode(key, record);
    let _ = tree::LateGroups::decode(key, record);
    let _ = page::PageRecord::verify(key, record);
    let first = layout::diff_key(&Address::ZERO, CommitNumber(1), PageIndex(0));
    let _ = read::decode_diff(&Address::ZERO, CommitNumber(1), &[(&first, record)]);
}

/// A store on disk.
#[derive(Debug)]
pub struct LmdbStore {
    shared: Arc<Shared>,
    access: Access,
}

impl LmdbStore {
    /// Opens the store in a directory.
    ///
    /// A store that this process has open already is shared: for reading always, for writing if it was opened for
    /// writing and with the same durability ([`StoreError::AlreadyOpen`] otherwise). It is closed when the last user
    /// and the last snapshot are dropped.
    ///
    /// Reading beside a writer of another process needs the right to write the store's `lock.mdb`: that is where a
    /// reader says which moment it still needs.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<Self>, StoreError> {
        Self::open_with(path, options, Sizes::default())
    }

    /// Opens a store that comes soon to what takes others long: its list of late groups has room for one.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn open_small(path: &Path, options: &OpenOptions) -> Result<Arc<Self>, StoreError> {
        Self::open_with(path, options, Sizes { late_groups: 1, ..Sizes::default() })
    }

    fn open_with(path: &Path, options: &OpenOptions, sizes: Sizes) -> Result<Arc<Self>, StoreError> {
        let shared = open::open(path, options, sizes)?;
        Ok(Arc::new(Self { shared, access: options.access }))
    }

    fn require_write_access(&self) -> Result<(), StoreError> {
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(StoreError::ReadOnly { path: self.shared.path().to_owned() }),
        }
    }
}

impl PageStore for LmdbStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(LmdbSnapshot::begin(&self.shared)?))
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        self.require_write_access()?;
        Ok(self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.require_write_access()?;
        map::with_space(&self.shared, || commit::commit(&self.shared, batch))
    }

    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError> {
        self.require_write_access()?;
        let snapshot = LmdbSnapshot::begin(&self.shared)?;
        if snapshot.mark(address)?.unwrap_or_default().version >= version {
            return Ok(());
        }
        let moment = match moment_of(&snapshot, address, version) {
            Err(damage) if damage.is_damage() => prune::moment_among_damaged(&snapshot, address, version, damage)?,
            moment => moment?,
        };
        drop(snapshot);
        map::with_space(&self.shared, || prune::prune(&self.shared, address, version, moment))
    }

    fn mend(&self, address: &Address) -> Result<Mended, StoreError> {
        self.require_write_access()?;
        map::with_space(&self.shared, || mend::mend(&self.shared, address))
    }

    fn commit_afresh(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.require_write_access()?;
        map::with_space(&self.shared, || afresh::commit_afresh(&self.shared, batch))
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        world::after(&LmdbSnapshot::begin(&self.shared)?, changed)
    }

    fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        LmdbSnapshot::begin(&self.shared)?.read().events()
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        Ok(check::check(&LmdbSnapshot::begin(&self.shared)?))
    }
}

#[cfg(test)]
mod tests;
