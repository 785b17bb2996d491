//! One contract's storage, mapped into host memory.

mod bytes;
mod dirty;
mod loading;

use std::io;
use std::sync::Arc;

use super::extent::Extent;
use super::frames::FrameTable;
use super::hardware::Watch;
use super::own_memory::OwnMemory;
use super::reservation::Reservation;
use super::source::SharedSnapshot;
use super::statistics::FrameStatistics;
use super::trap::Trap;
use crate::contract::StoragePlace;
use crate::units::{Address, PageCount, PageIndex, StateRoot};

/// A contract's storage in host memory. It is kept between transactions, and one transaction at a time owns it.
///
/// The state root identifies the content of the present, clean pages. After a commit by another transaction or process
/// the account has another state root, which shows that the region is out of date.
#[derive(Debug)]
pub(crate) struct Region {
    frames: Arc<FrameTable>,
    /// Serves hardware faults, under the pagers that use them.
    trap: Option<Arc<dyn Trap>>,
    /// The reservation and the limit of the frame table, copied here for faster access.
    memory: Arc<Reservation>,
    limit: PageCount,
    /// The own memory in front of storage, as a wasm memory.
    in_front: Option<Arc<Reservation>>,
    /// The same memory as the host sees it, unless it is lent to a call.
    own_memory: Option<OwnMemory>,
    /// Number of present frames.
    present_count: u32,
    /// The dirty pages in order of first write, under the pagers that detect writes by page checks.
    dirty_pages: Vec<PageIndex>,
    /// Set once every stored page has been loaded: the pages that were forgotten since then.
    forgotten: Option<Vec<PageIndex>>,
    state: StateRoot,
}

impl Region {
    /// Reserves a region, none of whose pages are present.
    pub(crate) fn new(extent: Extent<'_>, state: StateRoot) -> io::Result<Self> {
        let (memory, own_memory) = extent.reserve()?;
        Ok(Self::with_frames(FrameTable::with(memory, extent.limit), own_memory, None, state))
    }

    /// Returns a region over a frame table that has no page present.
    pub(super) fn with_frames(
        frames: FrameTable,
        own_memory: Option<OwnMemory>,
        trap: Option<Arc<dyn Trap>>,
        state: StateRoot,
    ) -> Self {
        Self {
            memory: frames.memory.clone(),
            limit: frames.limit,
            frames: Arc::new(frames),
            in_front: own_memory.as_ref().map(OwnMemory::memory),
            own_memory,
            trap,
            present_count: 0,
            dirty_pages: Vec::new(),
            forgotten: None,
            state,
        }
    }

    /// Returns the frame table, which the region shares with a fault handler.
    pub(super) fn frames(&self) -> &Arc<FrameTable> {
        &self.frames
    }

    /// Returns what serves the region's hardware faults; `None` if its pager uses page checks.
    pub(super) fn trap(&self) -> Option<&Arc<dyn Trap>> {
        self.trap.as_ref()
    }

    /// Starts to serve the faults of the region, which is about to be lent to wasm. Returns `None` if its pager has no hardware faults.
    pub(crate) fn watch(&self, snapshot: &SharedSnapshot, contract: Address) -> Option<Watch> {
        Some(Watch::begin(self.frames.clone(), self.trap.clone()?, snapshot, contract))
    }

    /// Returns true if the running process has the memory: it is absent in a child of a fork.
    pub(crate) fn is_here(&self) -> bool {
        self.memory.is_here()
    }

    /// Returns the counts since the last call of this function.
    pub(crate) fn take_statistics(&self) -> FrameStatistics {
        self.frames.counters.take()
    }

    /// Adds to the count of pages that were compared with their committed bytes.
    pub(crate) fn count_compared(&self, pages: usize) {
        self.frames.counters.pages_compared.add(pages as u64);
    }

    /// Returns the page limit.
    pub(crate) fn limit(&self) -> PageCount {
        self.limit
    }

    /// Returns the state root that the clean frames belong to.
    pub(crate) fn state(&self) -> StateRoot {
        self.state
    }

    /// Returns the number of present frames.
    pub(crate) fn present_pages(&self) -> u32 {
        self.present_count
    }

    /// Returns the reservation, to be mapped as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    /// Returns the own memory in front of storage, to be mapped as a wasm memory.
    pub(super) fn memory_in_front(&self) -> Option<Arc<Reservation>> {
        self.in_front.clone()
    }

    /// Returns where storage lies in the memory that instructions access.
    pub(crate) fn place(&self) -> StoragePlace {
        if self.in_front.is_some() { StoragePlace::InOwnMemory } else { StoragePlace::Apart }
    }

    /// Returns the place of the own memory in front of storage, which is empty while the memory is lent to a call.
    pub(crate) fn own_memory(&mut self) -> &mut Option<OwnMemory> {
        &mut self.own_memory
    }

    /// Returns true unless a panic has unwound through a call that its own memory was lent to.
    pub(crate) fn is_whole(&self) -> bool {
        self.in_front.is_some() == self.own_memory.is_some()
    }

    /// Returns at least the bytes of the host's memory that the own memory in front of storage takes.
    pub(crate) fn own_memory_bytes(&self) -> usize {
        self.own_memory.as_ref().map_or(0, OwnMemory::written_bytes)
    }
}
