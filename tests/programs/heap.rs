//! An allocator whose state and blocks all lie in one range of memory. In storage, what is allocated is kept over calls.
//!
//! ```text
//!  base ┌──────────────┬─────────────────┬──────┬────────┬────────┬───┐
//!       │ end of used  │ free lists, 32  │ root │ block  │ block  │ … │
//!       └──────────────┴─────────────────┴──────┴────────┴────────┴───┘
//! ```
//!
//! The size of a block is a power of two. A freed block goes into the list of its size, and holds the address of the next
//! one. All bytes are zero at first, which is an empty heap.

use std::alloc::{GlobalAlloc, Layout};

/// The smallest block: it holds the address of the next free one.
const LEAST: usize = 8;

/// The head of the range.
#[repr(C)]
pub struct Heap {
    /// Bytes in use, head included; 0 at first.
    used: usize,
    /// The first free block of each size, by the logarithm of the size; 0 if there is none.
    free: [usize; 32],
    /// What the program finds its data by.
    pub root: usize,
}

/// The allocator of the range that begins at `base()` and has `size()` bytes.
pub struct Allocator {
    pub base: fn() -> usize,
    pub size: fn() -> usize,
}

impl Allocator {
    pub fn heap(&self) -> *mut Heap {
        (self.base)() as *mut Heap
    }
}

/// A power of two that is enough for size and alignment.
fn block_size(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(LEAST).next_power_of_two()
}

// SAFETY: blocks are as large and as aligned as their layout demands, and no two in use overlap: each comes from the end of
// what is used or from a free list, which it leaves. A program has one thread.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (base, size) = ((self.base)(), block_size(layout));
        // SAFETY: the head lies at the beginning of the range, which is aligned to a page.
        let heap = unsafe { &mut *self.heap() };
        let list = &mut heap.free[size.trailing_zeros() as usize];
        if *list != 0 {
            let block = *list as *mut usize;
            // SAFETY: a free block holds the address of the next one.
            *list = unsafe { *block };
            return block.cast();
        }
        let start = heap.used.max(size_of::<Heap>()).next_multiple_of(size);
        if size > (self.size)() || start > (self.size)() - size {
            return std::ptr::null_mut();
        }
        heap.used = start + size;
        (base + start) as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        let heap = unsafe { &mut *self.heap() };
        let list = &mut heap.free[block_size(layout).trailing_zeros() as usize];
        // SAFETY: nothing uses the block any more, and it has room for an address.
        unsafe { *block.cast() = *list };
        *list = block as usize;
    }
}
