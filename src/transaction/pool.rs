//! The pool of regions and machines that no transaction uses.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use super::page_trees::PageTrees;
use super::visit::{Handle, Token, Visit};
use crate::machine::Environment;
use crate::paging::PagerKind;
use crate::store::ProcessLocal;
use crate::units::{Address, PAGE_SIZE, PageCount, StateRoot, Version};

/// The most regions that a pool keeps. Each reserves 4 GiB of address space, and each of its machines twice that; a process
/// has 2^47 bytes.
const MAX_KEPT: usize = 256;

/// The most shelves, of which at most [`MAX_KEPT`] are not empty.
const MAX_SHELVES: usize = 2 * MAX_KEPT;

/// The default budget for kept frames, page trees and machines: 2 GiB, in frames.
pub(crate) const DEFAULT_FRAME_BUDGET: PageCount = PageCount(1 << 19);

/// Counts of a pool while no transaction runs, to find leaks.
#[cfg(any(test, feature = "fuzzing"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Idle {
    /// Regions that exist.
    pub(crate) regions: usize,
    /// Regions in the pool.
    pub(crate) kept_regions: usize,
    /// Bytes of frames, page trees and machines, by the pool's running count.
    pub(crate) bytes: u64,
    /// The same bytes, counted again.
    pub(crate) kept_bytes: u64,
}

/// A state that a call of a block left in a region under a temporary name, and what it became at the commit.
#[derive(Debug)]
pub(crate) struct NamedState {
    pub(crate) name: StateRoot,
    pub(crate) root: StateRoot,
    pub(crate) version: Version,
}

/// The regions and machines that no transaction uses. Two transactions that run on one contract at once have two regions.
#[derive(Debug)]
pub(crate) struct Pool<E: 'static> {
    budget: PageCount,
    /// Each region has a copy.
    token: Token,
    /// A child of a fork has no kept memory, so it begins with empty shelves and forgets those of its parent.
    shelves: Mutex<ProcessLocal<Shelves<E>>>,
}

#[derive(Debug)]
struct Shelves<E: 'static> {
    /// Empty shelves are dropped when there are [`MAX_SHELVES`].
    kept: HashMap<(Address, PagerKind), Shelf<E>, RandomState>,
    count: usize,
    /// Bytes of frames, page trees and machines.
    bytes: u64,
    /// The number of puts. It stamps them: the least recently used region has the lowest stamp.
    clock: u64,
}

/// The kept regions of one contract under one pager, each with the stamp of its last use, the lowest first.
type Shelf<E> = Vec<(u64, Handle<E>)>;

impl<E: Environment> Pool<E> {
    /// An empty pool. `budget` limits the memory of all kept frames, page trees and machines together, in frames.
    pub(super) fn new(budget: PageCount) -> Self {
        Self { budget, token: Token::default(), shelves: Mutex::new(Shelves::empty()) }
    }

    /// The limit for kept frames, page trees and machines, in frames.
    pub(super) fn budget(&self) -> PageCount {
        self.budget
    }

    /// A token for a new region.
    pub(super) fn token(&self) -> Token {
        self.token.clone()
    }

    /// Counts what the pool has while no transaction runs.
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

    /// Bytes of kept frames, page trees and machines.
    #[cfg(test)]
    pub(crate) fn kept_bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Takes the most recently used region of a contract.
    pub(crate) fn take(&self, contract: Address, pager: PagerKind) -> Option<Handle<E>> {
        let mut shelves = self.lock();
        let shelf = shelves.kept.get_mut(&(contract, pager))?;
        let (_, kept) = shelf.pop()?;
        shelves.uncount(&kept);
        Some(kept)
    }

    /// Returns a clean region to the pool. Drops the least recently used regions while the pool exceeds its limits.
    pub(super) fn put(&self, pager: PagerKind, mut kept: Handle<E>) {
        if !kept.region.is_here() {
            // The transaction forked.
            return mem::forget(kept);
        }
        kept.trim();
        let dropped = self.lock().put((kept.address, pager), kept, self.budget);
        drop(dropped);
    }

    /// Drops all kept regions, so that their address space can be used. Returns false if there were none.
    pub(super) fn clear(&self) -> bool {
        let mut shelves = self.lock();
        let kept = mem::replace(&mut *shelves, Shelves::empty());
        drop(shelves);
        kept.count > 0
    }

    /// Takes the page trees of a contract in a named state of a block.
    pub(crate) fn take_page_trees(&self, contract: Address, name: StateRoot) -> PageTrees {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut **shelves;
        let Some(kept) = in_state(kept, contract, name).next() else { return PageTrees::default() };
        *bytes -= kept.page_trees.bytes();
        mem::take(&mut kept.page_trees)
    }

    /// Replaces the temporary name of a state by its root and version, and gives a region in that state its page trees.
    pub(crate) fn rename(&self, contract: Address, state: &NamedState, trees: PageTrees) {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut **shelves;
        let mut trees = Some(trees);
        for kept in in_state(kept, contract, state.name) {
            kept.region.settle(state.root);
            kept.version = state.version;
            if let Some(trees) = trees.take() {
                *bytes = *bytes - kept.page_trees.bytes() + trees.bytes();
                kept.page_trees = trees;
            }
        }
    }

    /// Drops the kept frames of a contract.
    pub(crate) fn forget(&self, contract: Address) {
        let mut shelves = self.lock();
        let Shelves { kept, bytes, .. } = &mut **shelves;
        for (_, shelf) in kept.iter_mut().filter(|((address, _), _)| *address == contract) {
            for (_, kept) in shelf {
                let before = kept.bytes();
                kept.forget_frames();
                *bytes = *bytes - before + kept.bytes();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, ProcessLocal<Shelves<E>>> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.is_here() {
            *shelves = Shelves::empty();
        }
        shelves
    }
}

/// The kept regions of a contract that are in a state.
fn in_state<E>(
    kept: &mut HashMap<(Address, PagerKind), Shelf<E>, RandomState>,
    contract: Address,
    state: StateRoot,
) -> impl Iterator<Item = &mut Handle<E>> {
    let shelves = kept.iter_mut().filter(move |((address, _), _)| *address == contract);
    let kept = shelves.flat_map(|(_, shelf)| shelf).map(|(_, kept)| kept);
    kept.filter(move |kept| kept.region.state() == state)
}

impl<E: Environment> Shelves<E> {
    fn empty() -> ProcessLocal<Self> {
        ProcessLocal::new(Self { kept: HashMap::default(), count: 0, bytes: 0, clock: 0 })
    }

    /// Adds a region. Returns the regions over the limits, for the caller to drop outside the lock.
    fn put(&mut self, key: (Address, PagerKind), kept: Handle<E>, budget: PageCount) -> Vec<Handle<E>> {
        self.clock += 1;
        self.count += 1;
        self.bytes += kept.bytes();
        if self.kept.len() >= MAX_SHELVES {
            self.kept.retain(|_, shelf| !shelf.is_empty());
        }
        self.kept.entry(key).or_default().push((self.clock, kept));
        let mut dropped = Vec::new();
        while self.count > MAX_KEPT || self.bytes > u64::from(budget.0) * PAGE_SIZE as u64 {
            let Some(kept) = self.take_oldest() else { break };
            dropped.push(kept);
        }
        dropped
    }

    /// Takes the least recently used region. It is the first of its shelf, which grows and shrinks at its end.
    fn take_oldest(&mut self) -> Option<Handle<E>> {
        let oldest = |shelf: &Shelf<E>| shelf.first().map_or(u64::MAX, |(stamp, _)| *stamp);
        let key = *self.kept.iter().min_by_key(|(_, shelf)| oldest(shelf))?.0;
        let shelf = self.kept.get_mut(&key)?;
        let kept = (!shelf.is_empty()).then(|| shelf.remove(0).1);
        self.uncount(kept.as_ref()?);
        kept
    }

    fn uncount(&mut self, kept: &Visit<E>) {
        self.count -= 1;
        self.bytes -= kept.bytes();
    }
}
