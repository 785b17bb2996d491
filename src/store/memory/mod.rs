//! A store in memory: for tests, and for measuring without a disk.
//!
//! ```text
//! MemoryStore ── world (shared with the snapshots, copied when one of them still needs it)
//!                  ├─ log, in the order in which it was written
//!                  └─ per address: accounts of all moments, diffs, pages, tree blocks
//! ```
//! Copies share what did not change. So a snapshot reads without a lock, the past too.

mod content;
mod list;
mod radix;
mod snapshot;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use content::{World, key};
use snapshot::MemorySnapshot;

use super::check::{self, CheckReport};
use super::event::EventName;
use super::log::LogRecord;
use super::world::{self, WorldChange};
use super::{Account, Batch, LiveEvent, Mark, Mended, PageStore, Snapshot, StoreError, moment_of};
use crate::units::{Address, Version};

/// A state of a [`MemoryStore`] to which it can be put back, as often as one likes.
#[derive(Debug, Clone)]
pub struct MemoryMark {
    world: Arc<World>,
}

/// A store that lives as long as the process. A commit costs what it changes; while a snapshot is held, the number of
/// accounts too.
#[derive(Debug, Default)]
pub struct MemoryStore {
    world: RwLock<Arc<World>>,
    writer: Mutex<()>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The present state. It shares its pages with the store, so it is cheap to take and to keep.
    pub fn mark(&self) -> MemoryMark {
        MemoryMark { world: self.world.read().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// Puts the store back to a state of its own. What was committed since is as if it had never been: for searches that
    /// try many continuations of one state. Snapshots that are still held stay as they are.
    pub fn rewind(&self, mark: &MemoryMark) {
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = mark.world.clone();
    }

    /// Changes the world tree that is kept, past everything that keeps a store in order.
    #[cfg(test)]
    pub(crate) fn damage_world_tree(&self, damage: impl FnOnce(&mut world::WorldTree)) {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        damage(Arc::make_mut(&mut Arc::make_mut(&mut world).tree));
    }

    /// Whether a snapshot of the newest moment is held, which a commit has to leave as it is.
    #[cfg(test)]
    pub(crate) fn is_held(&self) -> bool {
        Arc::strong_count(&self.world.read().unwrap_or_else(PoisonError::into_inner)) > 1
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
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let recorded = |address: &Address| Ok(world.accounts.get(address).map(|entry| entry.account.clone()));
        let last_block = world.log.at(world.head).and_then(|(_, log)| log.last_block);
        let moment = batch.verify(world.head, last_block, recorded)?;
        let world = Arc::make_mut(&mut world);
        for (address, _, after) in &batch.accounts {
            let entry = world.accounts.entry(*address).or_default();
            entry.account = after.clone();
            entry.accounts.push(moment, after.clone());
        }
        if let Some((hash, code)) = batch.code {
            world.code.entry(hash).or_insert_with(|| code.into());
        }
        for change in &batch.contracts {
            world.accounts.entry(change.address).or_default().change(moment.commit, change);
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

    /// There is nothing that could be damaged.
    fn mend(&self, _: &Address) -> Result<Mended, StoreError> {
        Ok(Mended::default())
    }

    fn commit_afresh(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.commit(batch)?;
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
