//! The persistent heap: blocks of the space, allocated and freed in a deterministic way.
//!
//! A block of up to 2,016 bytes is one of a *slab*, a page of blocks of one size class. A larger one is a run of whole pages. **Free
//! memory is all zero**: there are no lists through it, and whether a page or a block is free is recorded by one byte or one bit
//! elsewhere. So a page is zero again when its last block is freed, and a heap without blocks is zero throughout.
//!
//! The lowest free page is used first, and within a size class the lowest block of the lowest page that has room. Every search is
//! bounded by the number of pages, and every record is checked before it is used.

mod classes;
mod pages;
mod slab;

use crate::head::{CONTROL, HEAP_START_AT, PAGE, STRUCT};
use crate::space::{Failure, Space, add, copy, get, zero};

use classes::pages_of;
pub(crate) use classes::{CLASSES, class_of, rounded};

/// The heap of a space.
#[derive(Clone, Copy)]
struct Heap<S> {
    space: S,
    /// The offset of the control block.
    control: u32,
    /// The index of the heap's first page, which describes the pages of the first group.
    first: u32,
    /// The number of pages that blocks can have.
    pages: u32,
}

impl<S: Space> Heap<S> {
    fn open(space: S) -> Result<Self, S::Error> {
        let control: u32 = get(space, HEAP_START_AT)?;
        let end = u64::from(control) + u64::from(CONTROL);
        if control < STRUCT || !control.is_multiple_of(16) || end > space.size() {
            return Err(space.fail(Failure::HeapDamaged));
        }
        let first = end.div_ceil(u64::from(PAGE)) as u32;
        let all = (space.size() / u64::from(PAGE)).min(1 << 20) as u32;
        Ok(Self { space, control, first, pages: pages::count(all.saturating_sub(first)) })
    }

    fn damaged<T>(&self) -> Result<T, S::Error> {
        Err(self.space.fail(Failure::HeapDamaged))
    }
}

/// Allocates a block of at least `size` bytes, all zero, and returns its offset, a multiple of 16.
pub(crate) fn allocate<S: Space>(space: S, size: u32) -> Result<u32, S::Error> {
    let heap = Heap::open(space)?;
    match class_of(size) {
        Some(class) => heap.allocate_small(class),
        None => heap.allocate_pages(pages_of(size).ok_or_else(|| space.fail(Failure::TooLarge))?),
    }
}

/// Frees a block that was allocated with this size, or with one that is rounded to the same.
pub(crate) fn free<S: Space>(space: S, offset: u32, size: u32) -> Result<(), S::Error> {
    let heap = Heap::open(space)?;
    match class_of(size) {
        Some(class) => heap.free_small(class, offset),
        None => heap.free_pages(pages_of(size).ok_or_else(|| space.fail(Failure::HeapDamaged))?, offset),
    }
}

/// Gives a block another size and returns its offset. The first bytes, up to the smaller of both sizes, are kept; what follows is zero.
pub(crate) fn resize<S: Space>(space: S, offset: u32, from: u32, to: u32) -> Result<u32, S::Error> {
    if rounded(from) == rounded(to) {
        if to < from {
            zero(space, add(space, offset, to)?, from - to)?;
        }
        return Ok(offset);
    }
    let new = allocate(space, to)?;
    copy(space, offset, new, from.min(to))?;
    free(space, offset, from)?;
    Ok(new)
}
