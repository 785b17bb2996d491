//! The handle of a store on disk. Handles of one store share an LMDB environment, and each has its own access.

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::environment::Shared;
use super::options::{Access, OpenOptions, Settings};
use super::snapshot::LmdbSnapshot;
use super::{backup, commit, map, mend, new_history, open, prune};
use crate::store::check::{self, CheckReport};
use crate::store::world::{self, WorldChange};
use crate::store::{Account, Backup, Batch, LiveEvent, Mended, PageStore, Snapshot, StoreError, moment_of};
use crate::units::{Address, Version};

/// A store on disk.
#[derive(Debug)]
pub struct LmdbStore {
    pub(super) shared: Arc<Shared>,
    access: Access,
}

impl LmdbStore {
    /// Opens the store in the directory `path`.
    ///
    /// A store that this process already has open is shared. Opening it again for reading always succeeds. Opening it again for
    /// writing needs that it was opened for writing and with the same durability; otherwise the error is
    /// [`StoreError::AlreadyOpen`]. The store is closed when its last handle and its last snapshot are dropped.
    ///
    /// Reading beside a writer in another process needs write permission for the store's `lock.mdb`, in which a reader registers
    /// the commit that it still needs; [`Access::ReadOnlyWithoutLock`] does not.
    ///
    /// A child of a fork cannot use the handles and snapshots of its parent ([`StoreError::Inherited`]). It opens the store again.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<Self>, StoreError> {
        Self::open_with(path, options, Settings::default())
    }

    /// Opens a store with room for only one late group, so that short tests reach states that other stores reach late.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn open_small(path: &Path, options: &OpenOptions) -> Result<Arc<Self>, StoreError> {
        Self::open_with(path, options, Settings { late_groups: 1, ..Settings::default() })
    }

    /// Opens a store that is never written through its map, so that its writes to the file are the same on every file system.
    #[cfg(feature = "lab")]
    pub(crate) fn open_without_map(path: &Path, options: &OpenOptions) -> Result<Arc<Self>, StoreError> {
        Self::open_with(path, options, Settings { through_map: false, ..Settings::default() })
    }

    pub(super) fn open_with(path: &Path, options: &OpenOptions, settings: Settings) -> Result<Arc<Self>, StoreError> {
        let shared = open::open(path, options, settings)?;
        Ok(Arc::new(Self { shared, access: options.access }))
    }

    /// Returns whether a writer in another process can have overwritten something that was read from this store, which is open without a
    /// lock. Then all that was read since it was opened is void: open it and read again. Always false for other access.
    pub fn is_overtaken(&self) -> bool {
        self.shared.pages.is_overtaken()
    }

    pub(super) fn require_write_access(&self) -> Result<(), StoreError> {
        self.shared.require_own_process()?;
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly | Access::ReadOnlyWithoutLock => {
                Err(StoreError::ReadOnly { path: self.shared.path().to_owned() })
            }
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

    fn commit_new_history(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.require_write_access()?;
        map::with_space(&self.shared, || new_history::commit_new_history(&self.shared, batch))
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        world::after(&LmdbSnapshot::begin(&self.shared)?, changed)
    }

    fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        LmdbSnapshot::begin(&self.shared)?.read()?.events()
    }

    fn backup(&self, directory: &Path, is_compact: bool) -> Result<Backup, StoreError> {
        backup::backup(&self.shared, directory, is_compact)
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        Ok(check::check(&LmdbSnapshot::begin(&self.shared)?))
    }
}
