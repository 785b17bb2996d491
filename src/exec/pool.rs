//! Regions and machines between transactions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::machine::Machine;
use crate::paging::{PagerKind, Region};
use crate::store::{Account, Snapshot, StoreError};
use crate::units::{Address, PageCount, StateRoot, Version};

/// Regions kept at most. Each reserves 4 GiB of address space, and each machine twice that; a process has 2^47 bytes.
const MAX_KEPT: usize = 256;

/// Machines kept with a region: more than one is used by a contract that is re-entered.
const MAX_MACHINES: usize = 8;

/// Frames kept at most in all regions together, unless somebody says otherwise: 2 GiB.
pub(super) const DEFAULT_FRAME_BUDGET: PageCount = PageCount(1 << 19);

/// Versions that a region may lie behind and still be brought up to date instead of dropped.
const MAX_VERSIONS_BEHIND: u64 = 64;

/// A contract's region with machines over it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) region: Region,
    /// The version whose state the region holds.
    pub(super) version: Version,
    /// At most [`MAX_MACHINES`].
    pub(super) machines: Vec<Machine>,
    /// One of those that the pool counts.
    pub(super) token: Token,
}

/// Lives as long as a region.
#[derive(Debug, Clone, Default)]
pub(super) struct Token(
    #[cfg_attr(not(any(test, feature = "fuzzing")), expect(dead_code, reason = "its copies are counted by fuzzers"))]
    Arc<()>,
);

/// What a pool has when no transaction runs.
#[cfg(any(test, feature = "fuzzing"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Idle {
    /// Regions that exist.
    pub(crate) regions: usize,
    /// Regions that the pool has.
    pub(crate) kept_regions: usize,
    /// Frames that the pool has counted.
    pub(crate) frames: u64,
    /// Frames that its regions have.
    pub(crate) kept_frames: u64,
}

/// What is not in use. Two transactions on one contract at once have two regions.
#[derive(Debug)]
pub(super) struct Pool {
    budget: PageCount,
    /// Copied for every region.
    token: Token,
    shelves: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    kept: HashMap<(Address, PagerKind), Vec<(u64, Kept)>>,
    count: usize,
    frames: u64,
    /// Counts puts: the smallest stamp was used longest ago.
    clock: u64,
}

impl Pool {
    /// An empty pool that keeps so many frames at most, in all regions together.
    pub(super) fn new(budget: PageCount) -> Self {
        Self { budget, token: Token::default(), shelves: Mutex::default() }
    }

    /// Frames kept at most.
    pub(super) fn budget(&self) -> PageCount {
        self.budget
    }

    /// What a new region has to have.
    pub(super) fn token(&self) -> Token {
        self.token.clone()
    }

    /// What is there while no transaction runs.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn idle(&self) -> Idle {
        let shelves = self.lock();
        let kept = || shelves.kept.values().flatten().map(|(_, kept)| kept);
        Idle {
            regions: Arc::strong_count(&self.token.0) - 1,
            kept_regions: kept().count(),
            frames: shelves.frames,
            kept_frames: kept().map(|kept| u64::from(kept.region.present_pages())).sum(),
        }
    }

    /// Frames kept now.
    #[cfg(test)]
    pub(super) fn kept_frames(&self) -> u64 {
        self.lock().frames
    }

    /// Takes what was last used for a contract, if anything is left.
    pub(super) fn take(&self, contract: Address, pager: PagerKind) -> Option<Kept> {
        let mut shelves = self.lock();
        let shelf = shelves.kept.get_mut(&(contract, pager))?;
        let kept = shelf.pop().map(|(_, kept)| kept);
        if shelf.is_empty() {
            shelves.kept.remove(&(contract, pager));
        }
        let kept = kept?;
        shelves.forget(&kept);
        Some(kept)
    }

    /// Puts a clean region back. What was unused longest is dropped when there is too much.
    pub(super) fn put(&self, contract: Address, pager: PagerKind, mut kept: Kept) {
        kept.machines.truncate(MAX_MACHINES);
        let dropped = self.lock().put((contract, pager), kept, self.budget);
        drop(dropped);
    }

    /// Gives the frames that hold a state of a block under its name the root and version that it turned out to have.
    pub(super) fn rename(&self, contract: Address, name: StateRoot, state: StateRoot, version: Version) {
        let mut shelves = self.lock();
        let kept = shelves.kept.iter_mut().filter(|((address, _), _)| *address == contract);
        for (_, kept) in kept.flat_map(|(_, shelf)| shelf).filter(|(_, kept)| kept.region.state() == name) {
            kept.region.settle(state);
            kept.version = version;
        }
    }

    /// Takes the kept frames of a contract for absent.
    pub(super) fn forget(&self, contract: Address) {
        let mut shelves = self.lock();
        let Shelves { kept, frames, .. } = &mut *shelves;
        for (_, shelf) in kept.iter_mut().filter(|((address, _), _)| *address == contract) {
            for (_, kept) in shelf {
                *frames -= u64::from(kept.region.present_pages());
                kept.region.forget_all();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    /// Returns what has to go, to be dropped outside the lock.
    fn put(&mut self, key: (Address, PagerKind), kept: Kept, budget: PageCount) -> Vec<Kept> {
        self.clock += 1;
        self.count += 1;
        self.frames += u64::from(kept.region.present_pages());
        self.kept.entry(key).or_default().push((self.clock, kept));
        let mut dropped = Vec::new();
        while self.count > MAX_KEPT || self.frames > u64::from(budget.0) {
            let Some(kept) = self.take_oldest() else { break };
            dropped.push(kept);
        }
        dropped
    }

    /// Within one shelf the first is the oldest, as it is filled and emptied at its end.
    fn take_oldest(&mut self) -> Option<Kept> {
        let oldest = |shelf: &Vec<(u64, Kept)>| shelf.first().map_or(u64::MAX, |(stamp, _)| *stamp);
        let key = *self.kept.iter().min_by_key(|(_, shelf)| oldest(shelf))?.0;
        let shelf = self.kept.get_mut(&key)?;
        let kept = (!shelf.is_empty()).then(|| shelf.remove(0).1);
        if shelf.is_empty() {
            self.kept.remove(&key);
        }
        self.forget(kept.as_ref()?);
        kept
    }

    fn forget(&mut self, kept: &Kept) {
        self.count -= 1;
        self.frames -= u64::from(kept.region.present_pages());
    }
}

impl Kept {
    /// Makes the frames those of an account's state: at once when the roots are the same, else by forgetting the
    /// pages that the versions between have changed. Returns whether that worked; if not, the region must be reset.
    pub(super) fn catch_up(
        &mut self,
        snapshot: &dyn Snapshot,
        contract: &Address,
        account: &Account,
    ) -> Result<bool, StoreError> {
        if self.region.state() != account.state {
            let (from, to) = (self.version.0, account.version.0);
            if to <= from || to - from > MAX_VERSIONS_BEHIND {
                return Ok(false);
            }
            let mut state = self.region.state();
            for version in from + 1..=to {
                match snapshot.diff(contract, Version(version))? {
                    Some(diff) if diff.before == state => {
                        diff.pages.iter().for_each(|change| self.region.forget(change.page));
                        state = diff.after;
                    }
                    _ => return Ok(false),
                }
            }
            if state != account.state {
                return Ok(false);
            }
            self.region.settle(state);
        }
        self.version = account.version;
        Ok(true)
    }
}
