//! A store in memory, for tests and for measurements without a disk.
//!
//! ```text
//! MemoryStore ── world (shared with snapshots; a commit copies it if a snapshot holds it)
//!                  ├─ log, in the order of moments
//!                  └─ per address: accounts of all moments, diffs, pages, tree blocks
//! ```
//! Copies share their unchanged parts. A snapshot reads without a lock, also earlier moments.

mod content;
mod list;
mod radix;
mod snapshot;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use content::{World, key};
use snapshot::MemorySnapshot;

use super::batch::History;
use super::check::{self, CheckReport};
use super::event::EventName;
use super::log::LogRecord;
use super::world::{self, WorldChange};
use super::{Account, Batch, LiveEvent, Mark, Mended, PageStore, Snapshot, StoreError, moment_of};
use crate::units::{Address, Version};

/// A saved state of a [`MemoryStore`], which [`rewind`](MemoryStore::rewind) restores any number of times.
#[derive(Debug, Clone)]
pub struct MemoryMark {
    world: Arc<World>,
}

/// A store in memory. The cost of a commit is proportional to its changes; while a snapshot is held, to the number of accounts
/// too.
#[derive(Debug, Default)]
pub struct MemoryStore {
    world: RwLock<Arc<World>>,
    writer: Mutex<()>,
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Saves the current state. It shares its pages with the store, so it takes little time and memory.
    pub fn mark(&self) -> MemoryMark {
        MemoryMark { world: self.world.read().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// Restores a state that was saved from this store, and discards all later commits. Snapshots stay as they are. For searches
    /// that try many continuations of one state.
    pub fn rewind(&self, mark: &MemoryMark) {
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = mark.world.clone();
    }

    /// Changes the stored world tree without any verification.
    #[cfg(test)]
    pub(crate) fn damage_world_tree(&self, damage: impl FnOnce(&mut world::WorldTree)) {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        damage(Arc::make_mut(&mut Arc::make_mut(&mut world).tree));
    }

    /// Returns whether a snapshot holds the newest world, so that a commit has to copy it.
    #[cfg(test)]
    pub(crate) fn is_held(&self) -> bool {
        Arc::strong_count(&self.world.read().unwrap_or_else(PoisonError::into_inner)) > 1
    }

    /// Verifies a batch, and applies it.
    fn write(&self, batch: &Batch<'_>, history: History) -> Result<(), StoreError> {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let recorded = |address: &Address| Ok(world.accounts.get(address).map(|entry| entry.account.clone()));
        let last_block = world.log.at(world.head).and_then(|(_, log)| log.last_block);
        let moment = batch.verify(world.head, last_block, recorded)?;
        let mut diffs = Vec::with_capacity(batch.contracts.len());
        for change in &batch.contracts {
            diffs.push(match (history, world.accounts.get(&change.address)) {
                (History::Continued, Some(entry)) => entry.diff(change)?,
                _ => Vec::new(),
            });
        }
        let world = Arc::make_mut(&mut world);
        for (address, _, after) in &batch.accounts {
            let entry = world.accounts.entry(*address).or_default();
            if history == History::New {
                entry.forget_storage();
            }
            entry.account = after.clone();
            entry.accounts.push(moment, after.clone());
        }
        if let Some((hash, code)) = batch.code {
            world.code.entry(hash).or_insert_with(|| code.into());
        }
        for (change, diff) in batch.contracts.iter().zip(diffs) {
            world.accounts.entry(change.address).or_default().change(moment.commit, change, diff);
        }
        if let Some(change) = &batch.world {
            Arc::make_mut(&mut world.tree).take(change.update.blocks.iter().cloned());
            world.tree_moment = moment;
        }
        world.change_events(batch, last_block);
        if batch.commit.is_some() {
            world.commits.insert(key(moment.commit), world.log.end);
        }
        world.log.push(moment, Arc::new(LogRecord::of(batch, world.head, last_block)));
        world.head = moment;
        Ok(())
    }

    fn moment(&self) -> MemorySnapshot {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner).clone();
        MemorySnapshot::new(world)
    }
}

impl PageStore for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(self.moment()))
    }

    fn writer(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        Ok(self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.write(batch, History::Continued)
    }

    fn prune(&self, address: &Address, version: Version) -> Result<(), StoreError> {
        let snapshot = self.moment();
        if snapshot.mark(address)?.unwrap_or_default().version >= version {
            return Ok(());
        }
        let moment = moment_of(&snapshot, address, version)?;
        drop(snapshot);
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = Arc::make_mut(&mut world).accounts.get_mut(address) {
            entry.prune(Mark { version, moment });
        }
        Ok(())
    }

    /// Returns an empty outcome: memory has no damaged records.
    fn mend(&self, _: &Address) -> Result<Mended, StoreError> {
        Ok(Mended::default())
    }

    fn commit_new_history(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.write(batch, History::New)?;
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let world = Arc::make_mut(&mut world);
        for (address, _, after) in &batch.accounts {
            if let Some(entry) = world.accounts.get_mut(address) {
                entry.prune(Mark { version: after.version, moment: world.head });
            }
        }
        Ok(())
    }

    fn world_after(&self, changed: &[(Address, Option<Account>, Account)]) -> Result<WorldChange, StoreError> {
        world::after(&self.moment(), changed)
    }

    fn events(&self) -> Result<Vec<LiveEvent>, StoreError> {
        let live = |(name, (block, event)): (&EventName, &(u64, Vec<u8>))| LiveEvent {
            commit: name.commit,
            number: name.number,
            block: *block,
            event: event.clone(),
        };
        let mut events: Vec<_> = self.moment().world.events.iter().map(live).collect();
        events.sort_by_key(|event| (event.commit, event.number));
        Ok(events)
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        Ok(check::check(&self.moment()))
    }
}
