//! Regions and machines between transactions.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::page_trees::PageTrees;
use super::visited::{Handle, Token, Visited};
use crate::machine::Environment;
use crate::paging::PagerKind;
use crate::units::{Address, PAGE_SIZE, PageCount, StateRoot, Version};

/// Regions kept at most. Each reserves 4 GiB of address space, and each machine twice that; a process has 2^47 bytes.
const MAX_KEPT: usize = 256;

/// Memory that kept frames and page trees may take, in frames, unless the embedder sets another: 2 GiB.
pub(crate) const DEFAULT_FRAME_BUDGET: PageCount = PageCount(1 << 19);

/// What a pool has when no transaction runs.
#[cfg(any(test, feature = "fuzzing"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Idle {
    /// Regions that exist.
    pub(crate) regions: usize,
    /// Regions that the pool has.
    pub(crate) kept_regions: usize,
    /// Bytes of frames and page trees that the pool has counted.
    pub(crate) bytes: u64,
    /// Bytes that its contracts have.
    pub(crate) kept_bytes: u64,
}

/// What is not in use. Two transactions on one contract at once have two regions.
#[derive(Debug)]
pub(crate) struct Pool<E: 'static> {
    budget: PageCount,
    /// Copied for every region.
    token: Token,
    shelves: Mutex<Shelves<E>>,
}

#[derive(Debug)]
struct Shelves<E: 'static> {
    kept: HashMap<(Address, PagerKind), Shelf<E>>,
    count: usize,
    /// Memory of frames and page trees.
    bytes: u64,
    /// Counts puts: the smallest stamp was used longest ago.
    clock: u64,
}

/// What is kept of one contract under one pager, each with the stamp of its last use; the oldest first.
type Shelf<E> = Vec<(u64, Handle<E>)>;

impl<E: Environment> Pool<E> {
    /// An empty pool that keeps so many frames at most, in all regions together.
    pub(super) fn new(budget: PageCount) -> Self {
        let shelves = Shelves { kept: HashMap::new(), count: 0, bytes: 0, clock: 0 };
        Self { budget, token: Token::default(), shelves: Mutex::new(shelves) }
    }

    /// The memory that kept frames and page trees may take, in frames.
    pub(super) fn budget(&self) -> PageCount {
        self.budget
    }

    /// What a new region has to have.
    pub(super) fn token(&self) -> Token {
        self.token.clone()
    }

    /// What is there while no transaction runs.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn idle(&self) -> Idle {
        let shelves = self.lock();
        let kept = || shelves.kept.values().flatten().map(|(_, kept)| kept);
        Idle {
            regions: self.token.copies(),
            kept_regions: kept().count(),
            bytes: shelves.bytes,
            kept_bytes: kept().map(|kept| kept.bytes()).sum(),
        }
    }

    /// Bytes of frames and page trees kept now.
    #[cfg(test)]
    pub(crate) fn kept_bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Takes what was last used for a contract, if anything is left.
    pub(crate) fn take(&self, contract: Address, pager: PagerKind) -> Option<Handle<E>> {
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
    pub(super) fn put(&self, pager: PagerKind, mut kept: Handle<E>) {
        kept.rest();
        let dropped = self.lock().put((kept.address, pager), kept, self.budget);
        drop(dropped);
    }

    /// Takes what is known of the hashes of pages in a state of a block.
    pub(crate) fn take_page_trees(&self, contract: Address, name: StateRoot) -> PageTrees {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut *shelves;
        let Some(kept) = in_state(kept, contract, name).next() else { return PageTrees::default() };
        *bytes -= kept.page_trees.bytes();
        mem::take(&mut kept.page_trees)
    }

    /// Gives the frames that hold a state of a block under its name the root and version that it turned out to have, and what
    /// is known of the hashes of its pages.
    pub(crate) fn rename(
        &self,
        contract: Address,
        name: StateRoot,
        (state, version): (StateRoot, Version),
        trees: PageTrees,
    ) {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut *shelves;
        let mut trees = Some(trees);
        for kept in in_state(kept, contract, name) {
            kept.region.settle(state);
            kept.version = version;
            if let Some(trees) = trees.take() {
                *bytes = *bytes - kept.page_trees.bytes() + trees.bytes();
                kept.page_trees = trees;
            }
        }
    }

    /// Takes the kept frames of a contract for absent.
    pub(crate) fn forget(&self, contract: Address) {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut *shelves;
        for (_, shelf) in kept.iter_mut().filter(|((address, _), _)| *address == contract) {
            for (_, kept) in shelf {
                *bytes -= kept.bytes();
                kept.forget_frames();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves<E>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept of a contract in a state.
fn in_state<E>(
    kept: &mut HashMap<(Address, PagerKind), Shelf<E>>,
    contract: Address,
    state: StateRoot,
) -> impl Iterator<Item = &mut Handle<E>> {
    let shelves = kept.iter_mut().filter(move |((address, _), _)| *address == contract);
    let kept = shelves.flat_map(|(_, shelf)| shelf).map(|(_, kept)| kept);
    kept.filter(move |kept| kept.region.state() == state)
}

impl<E> Shelves<E> {
    /// Returns what has to go, to be dropped outside the lock.
    fn put(&mut self, key: (Address, PagerKind), kept: Handle<E>, budget: PageCount) -> Vec<Handle<E>> {
        self.clock += 1;
        self.count += 1;
        self.bytes += kept.bytes();
        self.kept.entry(key).or_default().push((self.clock, kept));
        let mut dropped = Vec::new();
        while self.count > MAX_KEPT || self.bytes > u64::from(budget.0) * PAGE_SIZE as u64 {
            let Some(kept) = self.take_oldest() else { break };
            dropped.push(kept);
        }
        dropped
    }

    /// Within one shelf the first is the oldest, as it is filled and emptied at its end.
    fn take_oldest(&mut self) -> Option<Handle<E>> {
        let oldest = |shelf: &Shelf<E>| shelf.first().map_or(u64::MAX, |(stamp, _)| *stamp);
        let key = *self.kept.iter().min_by_key(|(_, shelf)| oldest(shelf))?.0;
        let shelf = self.kept.get_mut(&key)?;
        let kept = (!shelf.is_empty()).then(|| shelf.remove(0).1);
        if shelf.is_empty() {
            self.kept.remove(&key);
        }
        self.forget(kept.as_ref()?);
        kept
    }

    fn forget(&mut self, kept: &Visited<E>) {
        self.count -= 1;
        self.bytes -= kept.bytes();
    }
}
