//! The first bytes of a space.
//!
//! ```text
//!  0      1         2        4            8            12           16
//!  ┌──────┬─────────┬────────┬────────────┬────────────┬────────────┬──────────────┬──────────────────────────┐
//!  │ state│ version │ 0    0 │ heap start │ pages used │ page hint  │ the struct   │ control block, 64 bytes  │ …
//!  └──────┴─────────┴────────┴────────────┴────────────┴────────────┴──────────────┴──────────────────────────┘
//!                                                                   16             heap start, a multiple of 16
//! ```

use crate::space::{Failure, Space, get, set, zero};
use crate::stored::Stored;

/// Bytes of a page.
pub const PAGE: u32 = 4096;
/// The offset of the version of the layout, one byte.
pub const VERSION_AT: u32 = 1;
/// The version of the layout that this crate reads and writes.
pub const VERSION: u8 = 1;
/// The offset of the offset of the heap's control block.
pub const HEAP_START_AT: u32 = 4;
/// The offset of the number of pages that the heap uses, without its descriptors.
pub const PAGES_USED_AT: u32 = 8;
/// The offset of the number of a page below which no page of the heap is free.
pub const PAGE_HINT_AT: u32 = 12;
/// The offset of the contract's struct.
pub const STRUCT: u32 = 16;
/// Bytes of the heap's control block.
pub const CONTROL: u32 = 64;

/// Returns the offset of the heap in a space whose struct is `T`: the first multiple of 16 after the struct.
pub const fn heap_start<T: Stored>() -> u32 {
    const { assert!(align_of::<T>() <= 16 && size_of::<T>() <= 1 << 30) };
    (STRUCT + size_of::<T>() as u32).next_multiple_of(16)
}

/// Writes the version of the layout and the start of the heap, if the space has none yet. Byte 0 is left as it is.
///
/// It fails with [`Failure::HeapDamaged`] if the space has another version or was made for a struct of another size, and with
/// [`Failure::Full`] if there is no room for the struct.
pub fn format<T: Stored, S: Space>(space: S) -> Result<(), S::Error> {
    let start = heap_start::<T>();
    if u64::from(start) + u64::from(CONTROL) > space.size() {
        return Err(space.fail(Failure::Full));
    }
    let found = (get::<u8, S>(space, VERSION_AT)?, get::<u32, S>(space, HEAP_START_AT)?);
    match found {
        (0, 0) => {
            zero(space, PAGES_USED_AT, STRUCT - PAGES_USED_AT)?;
            set(space, VERSION_AT, VERSION)?;
            set(space, HEAP_START_AT, start)
        }
        found if found == (VERSION, start) => Ok(()),
        _ => Err(space.fail(Failure::HeapDamaged)),
    }
}
