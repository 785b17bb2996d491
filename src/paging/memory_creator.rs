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

thread_local! {
    static SLOT: RefCell<Slot> = const { RefCell::new(Slot { pending: VecDeque::new(), created: None }) };
}

#[derive(Debug)]
struct Slot {
    /// The reservations of the next memories that wasmtime asks for.
    pending: VecDeque<Arc<Reservation>>,
    /// The last memory that was created because none was pending.
    created: Option<Arc<Reservation>>,
}

/// Provides the memories of an engine.
#[derive(Debug)]
pub(crate) struct Memories;

impl Memories {
    /// Provides the memories of the next instantiation on this thread: a region's memory, then a page table's. Dropping
    /// the returned value withdraws memories that were not asked for.
    pub(crate) fn lay_out(region: &Region, table: &PageTable) -> PendingMemories {
        SLOT.with_borrow_mut(|slot| slot.pending = VecDeque::from([region.memory(), table.memory()]));
        PendingMemories(())
    }

    /// Instantiates a contract. Returns also the contract's own memory, if it defines one.
    pub(crate) fn with_own<R>(instantiate: impl FnOnce() -> R) -> (R, Option<OwnMemory>) {
        SLOT.with_borrow_mut(|slot| slot.created = None);
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
            Some(memory) if memory.accessible() == minimum => Ok(Box::new(FixedMemory(memory))),
            Some(memory) => Err(format!(
                "wasmtime asked for a memory of {minimum} bytes; the pending one has {}",
                memory.accessible()
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
struct FixedMemory(Arc<Reservation>);

// SAFETY: this value owns the reservation, so the bytes up to `byte_size` stay accessible and in place. The memory never
// grows.
unsafe impl LinearMemory for FixedMemory {
    fn byte_size(&self) -> usize {
        self.0.accessible()
    }

    fn byte_capacity(&self) -> usize {
        RESERVED_BYTES
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size <= self.0.accessible() { Ok(()) } else { Err(wasmtime::Error::msg("storage does not grow")) }
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.start().as_ptr()
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
