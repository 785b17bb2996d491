//! A space in the memory of a native process, for tests.

use core::ptr::NonNull;
use core::slice;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};

use crate::head::{PAGE, STRUCT, format};
use crate::here::{current::Entered, sure};
use crate::space::Linear;
use crate::stored::Stored;

/// A space of pages in native memory, zero at first, for programs and tests that run on the host.
///
/// Offsets, layout and iteration order are those of a contract's storage.
#[derive(Debug)]
pub struct Memory {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the memory belongs to this value alone.
unsafe impl Send for Memory {}

impl Memory {
    /// Allocates `pages` pages of 4,096 bytes, 1 to 1,048,576.
    ///
    /// # Panics
    ///
    /// If the number is another one.
    pub fn new(pages: u32) -> Self {
        assert!((1..=1 << 20).contains(&pages), "{pages} pages: 1 to 1048576 are possible");
        let layout =
            Layout::from_size_align(pages as usize * PAGE as usize, PAGE as usize).expect("less than 2^63 bytes");
        // SAFETY: the layout has at least one page.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout));
        Self { base, layout }
    }

    /// Returns all bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the bytes are initialised, and while `self` is borrowed nothing writes them.
        unsafe { slice::from_raw_parts(self.base.as_ptr(), self.layout.size()) }
    }

    /// Returns all bytes for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the bytes are initialised, and while `self` is borrowed nothing else accesses them.
        unsafe { slice::from_raw_parts_mut(self.base.as_ptr(), self.layout.size()) }
    }

    /// Returns the memory as a space, for functions that take one.
    ///
    /// The space must not be used after the memory is dropped or while its bytes are borrowed.
    pub fn space(&mut self) -> Linear {
        // SAFETY: the memory is valid for reads and writes of its size, and aligned to a page. The rest is the caller's part:
        // only unsafe functions take a space.
        unsafe { Linear::new(self.base.as_ptr(), self.layout.size() as u64) }
    }

    /// Runs a function on the struct `T` that lies at byte 16, with this memory as the space of all containers.
    ///
    /// The first `with` makes the heap after the struct. Containers cannot be carried into another memory: the function and its
    /// result must be `Send`, which containers are not. Keep none in a variable of the thread.
    ///
    /// # Panics
    ///
    /// If the heap was made for a struct of another size, or there is no room for `T`.
    pub fn with<T: Stored, R: Send>(&mut self, function: impl FnOnce(&mut T) -> R + Send) -> R {
        let space = self.space();
        sure(format::<T, _>(space));
        let _entered = Entered::new(space);
        // SAFETY: `format` found room for `T` at byte 16, which is aligned; every pattern of bits is a `T`. The containers access the
        // head and the heap, and no byte of the struct except through this reference.
        function(unsafe { &mut *self.base.as_ptr().add(STRUCT as usize).cast::<T>() })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: `new` allocated it with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
