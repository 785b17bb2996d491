//! Regions and page tables as memories of wasmtime.
//!
//! Wasmtime asks for a memory only when it instantiates a module that defines one, and passes only sizes. So a tiny
//! module defines the storage memory and the page table. Just before it is instantiated, their reservations are put in a
//! slot of the thread. When the slot is empty, the memory is a contract's own: it is created, and left in the slot for
//! the caller.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::own_memory::OwnMemory;
use super::page_table::PageTable;
use super::recycled;
use super::region::Region;
use super::reservation::{GUARD_BYTES, RESERVED_BYTES, Reservation};
use crate::limits::MAX_STORAGE_PAGES;

thread_local! {
    static SLOT: RefCell<Slot> = const { RefCell::new(Slot { pending: VecDeque::new(), created: None }) };
}

#[derive(Debug)]
struct Slot {
    /// The reservations of the next memories that wasmtime asks for.
    pending: VecDeque<Pending>,
    /// The last memory that was created because none was pending.
    created: Option<Arc<Reservation>>,
}

/// A memory that wasmtime will ask for.
#[derive(Debug)]
enum Pending {
    /// A region or a page table, with its size in bytes.
    Fixed(Arc<Reservation>, usize),
    Own(InFront),
}

/// The own memory in front of a region, and the page table beside it.
#[derive(Debug)]
pub(crate) struct InFront {
    memory: Arc<Reservation>,
    table: Arc<Reservation>,
}

/// Provides the memories of an engine.
#[derive(Debug)]
pub(crate) struct Memories;

impl Memories {
    /// Provides the memories of the next instantiation on this thread: a region's memory, then a page table's. Dropping
    /// the returned value withdraws memories that were not asked for.
    pub(crate) fn lay_out(region: &Region, table: &PageTable) -> PendingMemories {
        let region = Pending::Fixed(region.memory(), region.memory().memory_size());
        let table = Pending::Fixed(table.memory(), MAX_STORAGE_PAGES.0 as usize);
        SLOT.with_borrow_mut(|slot| slot.pending = VecDeque::from([region, table]));
        PendingMemories(())
    }

    /// Returns the own memory in front of a region, for an instance with this page table.
    pub(crate) fn in_front(region: &Region, table: &PageTable) -> Option<InFront> {
        Some(InFront { memory: region.memory_in_front()?, table: table.memory() })
    }

    /// Instantiates a contract. Returns also the contract's own memory, if it defines one that does not lie in front of the region.
    pub(crate) fn with_own<R>(in_front: Option<InFront>, instantiate: impl FnOnce() -> R) -> (R, Option<OwnMemory>) {
        let _laid_out = PendingMemories(());
        SLOT.with_borrow_mut(|slot| {
            slot.created = None;
            slot.pending.extend(in_front.map(Pending::Own));
        });
        let result = instantiate();
        (result, SLOT.with_borrow_mut(|slot| slot.created.take()).map(OwnMemory::new))
    }
}

/// The memories in the slot, as long as this value lives.
#[derive(Debug)]
pub(crate) struct PendingMemories(());

impl Drop for PendingMemories {
    fn drop(&mut self) {
        SLOT.with_borrow_mut(|slot| slot.pending.clear());
    }
}

// SAFETY: every memory that is returned is a reservation of the size and guard that the engine's configuration names; each
// request checks them. The memory object owns the reservation, so it stays mapped as long as the object lives.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _type: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved_size_in_bytes != Some(RESERVED_BYTES) || guard_size_in_bytes > GUARD_BYTES {
            return Err(format!(
                "wasmtime asked for a memory of {reserved_size_in_bytes:?} reserved bytes and {guard_size_in_bytes} guard \
                 bytes; it must be {RESERVED_BYTES} and at most {GUARD_BYTES}"
            ));
        }
        match SLOT.with_borrow_mut(|slot| slot.pending.pop_front()) {
            Some(Pending::Fixed(memory, size)) if size == minimum => Ok(Box::new(FixedMemory { memory, size })),
            Some(Pending::Own(own)) if own.memory.accessible() == minimum => {
                Ok(Box::new(MemoryInFront { memory: own.memory, table: own.table }))
            }
            Some(Pending::Fixed(memory, _) | Pending::Own(InFront { memory, .. })) => Err(format!(
                "wasmtime asked for a memory of {minimum} bytes; the pending one has {}",
                memory.memory_size()
            )),
            None => match recycled::take_own_memory(minimum).map_or_else(|| recycled::reserve(minimum), Ok) {
                Ok(memory) => {
                    SLOT.with_borrow_mut(|slot| slot.created = Some(memory.clone()));
                    Ok(Box::new(GrowingMemory(memory)))
                }
                Err(error) => Err(format!("no memory of its own for the contract: {error}")),
            },
        }
    }
}

/// A region or a page table as a wasm memory.
struct FixedMemory {
    memory: Arc<Reservation>,
    size: usize,
}

// SAFETY: this value owns the reservation, so the bytes up to `byte_size` stay accessible and in place. The memory never
// grows.
unsafe impl LinearMemory for FixedMemory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        RESERVED_BYTES
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size <= self.size { Ok(()) } else { Err(wasmtime::Error::msg("storage does not grow")) }
    }

    fn as_ptr(&self) -> *mut u8 {
        self.memory.memory_start().as_ptr()
    }
}

/// The own memory in front of a region: what `memory.size` and `memory.grow` act on. Loads and stores reach its bytes through the memory
/// of the region.
///
/// Wasmtime looks up which memory of a store has a faulting address, and only one may have it. So this memory must not have the
/// addresses of the region's. It has those of the page table, in which no access faults. No code accesses them as this memory.
struct MemoryInFront {
    memory: Arc<Reservation>,
    table: Arc<Reservation>,
}

// SAFETY: this value owns the page table's reservation, whose accessible bytes are as many as those of the largest own memory. So the bytes
// up to `byte_size` stay accessible and in place.
unsafe impl LinearMemory for MemoryInFront {
    fn byte_size(&self) -> usize {
        self.memory.accessible()
    }

    fn byte_capacity(&self) -> usize {
        self.table.accessible()
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > self.table.accessible() {
            return Err(wasmtime::Error::msg("own memory does not grow beyond its limit"));
        }
        self.memory.grow(new_size)?;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.table.start().as_ptr()
    }
}

/// A contract's own memory as a wasm memory.
struct GrowingMemory(Arc<Reservation>);

impl Drop for GrowingMemory {
    fn drop(&mut self) {
        recycled::put_own_memory(self.0.clone());
    }
}

// SAFETY: as for `FixedMemory`. Growing makes more of the same reservation accessible and moves nothing.
unsafe impl LinearMemory for GrowingMemory {
    fn byte_size(&self) -> usize {
        self.0.accessible()
    }

    fn byte_capacity(&self) -> usize {
        RESERVED_BYTES
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        self.0.grow(new_size)?;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.start().as_ptr()
    }
}
