//! Regions and page tables presented to wasmtime as memories.
//!
//! Wasmtime asks for memory only when a module that defines one is instantiated, and then tells sizes alone. So a tiny
//! module defines the storage memory and the page table, and what they are to be is laid out in a slot of the thread
//! just before it is instantiated. A contract's own memory is made with nothing in the slot.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::page_table::PageTable;
use super::region::Region;
use super::reservation::{GUARD_BYTES, RESERVED_BYTES, Reservation};

thread_local! {
    static NEXT: RefCell<VecDeque<Shared>> = const { RefCell::new(VecDeque::new()) };
}

/// Makes the memories of an engine.
#[derive(Debug)]
pub(crate) struct Memories;

/// The memories that the next instantiation on this thread defines, in order: a region's, then a page table's.
///
/// Whatever was not asked for is forgotten when this is dropped.
#[derive(Debug)]
pub(crate) struct RegionMemories(());

impl RegionMemories {
    /// Lays out what the next instantiation is to get.
    pub(crate) fn lay_out(region: &Region, table: &PageTable) -> Self {
        NEXT.with_borrow_mut(|next| {
            next.clear();
            next.push_back(Shared(region.memory()));
            next.push_back(Shared(table.memory()));
        });
        Self(())
    }
}

impl Drop for RegionMemories {
    fn drop(&mut self) {
        NEXT.with_borrow_mut(VecDeque::clear);
    }
}

// SAFETY: every memory given out is a reservation of the size that the engine's configuration names, with its guard
// behind it (checked on each request), and stays mapped as long as the memory object, which holds it, lives.
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
                "a memory of {reserved_size_in_bytes:?} reserved and {guard_size_in_bytes} guard bytes was asked for; \
                 there are {RESERVED_BYTES} and {GUARD_BYTES}"
            ));
        }
        match NEXT.with_borrow_mut(VecDeque::pop_front) {
            Some(shared) if shared.0.accessible() == minimum => Ok(Box::new(shared)),
            Some(shared) => Err(format!("a memory of {minimum} bytes was asked for, not {}", shared.0.accessible())),
            None => match Reservation::new(minimum) {
                Ok(reservation) => Ok(Box::new(Own(reservation))),
                Err(error) => Err(format!("the host refused to reserve a contract's memory: {error}")),
            },
        }
    }
}

/// A region or a page table: of fixed size.
struct Shared(Arc<Reservation>);

// SAFETY: the bytes up to `byte_size` stay accessible and in place as long as the reservation, which this value
// holds; the memory never grows.
unsafe impl LinearMemory for Shared {
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

/// A contract's own memory.
struct Own(Reservation);

// SAFETY: as for `Shared`; growing makes more of the same reservation accessible and moves nothing.
unsafe impl LinearMemory for Own {
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
