//! Regions and page tables presented to wasmtime as memories.
//!
//! Wasmtime asks for memory only when a module that defines one is instantiated, and then tells sizes alone. So a tiny
//! module defines the storage memory and the page table, and what they are to be is laid out in a slot of the thread
//! just before it is instantiated. A contract's own memory is made with nothing laid out, and is left in the slot.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::page_table::PageTable;
use super::region::Region;
use super::reservation::{GUARD_BYTES, RESERVED_BYTES, Reservation};
use super::spare;

thread_local! {
    static SLOT: RefCell<Slot> = const { RefCell::new(Slot { next: VecDeque::new(), made: None }) };
}

#[derive(Debug)]
struct Slot {
    /// What the next memories of a module are to be.
    next: VecDeque<Arc<Reservation>>,
    /// The last memory that was made with nothing laid out.
    made: Option<Arc<Reservation>>,
}

/// Makes the memories of an engine.
#[derive(Debug)]
pub(crate) struct Memories;

impl Memories {
    /// Lays out what the next instantiation on this thread gets: a region's memory, then a page table's. What it does
    /// not ask for is forgotten when the value is dropped.
    pub(crate) fn lay_out(region: &Region, table: &PageTable) -> LaidOut {
        SLOT.with_borrow_mut(|slot| slot.next = VecDeque::from([region.memory(), table.memory()]));
        LaidOut(())
    }

    /// Instantiates a contract; gives its own memory too, if it defines one.
    pub(crate) fn with_own<R>(instantiate: impl FnOnce() -> R) -> (R, Option<OwnMemory>) {
        SLOT.with_borrow_mut(|slot| slot.made = None);
        let result = instantiate();
        (result, SLOT.with_borrow_mut(|slot| slot.made.take()).map(OwnMemory))
    }
}

/// Memories that wait in the slot.
#[derive(Debug)]
pub(crate) struct LaidOut(());

impl Drop for LaidOut {
    fn drop(&mut self) {
        SLOT.with_borrow_mut(|slot| slot.next.clear());
    }
}

/// A contract's own memory, as the host sees it.
///
/// It is kept in the data of the wasmtime store whose instance uses it: who holds a reference into it holds that store
/// borrowed, so that no wasm runs meanwhile (rule 3).
#[derive(Debug)]
pub(crate) struct OwnMemory(Arc<Reservation>);

impl OwnMemory {
    /// Its bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes from the start are readable as long as the reservation; the wasm that writes them is
        // not running, as the head of the type says.
        unsafe { std::slice::from_raw_parts(self.0.start().as_ptr(), self.0.accessible()) }
    }

    /// Its bytes, to be changed.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; this value is the only way of the host to them, and it is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.0.start().as_ptr(), self.0.accessible()) }
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
        match SLOT.with_borrow_mut(|slot| slot.next.pop_front()) {
            Some(memory) if memory.accessible() == minimum => Ok(Box::new(Fixed(memory))),
            Some(memory) => Err(format!("a memory of {minimum} bytes was asked for, not {}", memory.accessible())),
            None => match spare::take_own_memory(minimum).map_or_else(|| Reservation::new(minimum).map(Arc::new), Ok) {
                Ok(memory) => {
                    SLOT.with_borrow_mut(|slot| slot.made = Some(memory.clone()));
                    Ok(Box::new(Growing(memory)))
                }
                Err(error) => Err(format!("the host refused to reserve a contract's memory: {error}")),
            },
        }
    }
}

/// A region or a page table.
struct Fixed(Arc<Reservation>);

// SAFETY: the bytes up to `byte_size` stay accessible and in place as long as the reservation, which this value
// holds; the memory never grows.
unsafe impl LinearMemory for Fixed {
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
struct Growing(Arc<Reservation>);

impl Drop for Growing {
    fn drop(&mut self) {
        spare::put_own_memory(self.0.clone());
    }
}

// SAFETY: as for `Fixed`; growing makes more of the same reservation accessible and moves nothing.
unsafe impl LinearMemory for Growing {
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
