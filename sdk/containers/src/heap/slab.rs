//! Pages of blocks of one size.
//!
//! ```text
//!  0           2             16                    48         4096
//!  ┌───────────┬─────────────┬─────────────────────┬──────────┐
//!  │ class + 1 │ blocks used │ a bit for each block│ blocks   │
//!  │ u8, 0     │ u16, zeros  │ four u64            │          │
//!  └───────────┴─────────────┴─────────────────────┴──────────┘
//! ```

use crate::head::PAGE;
use crate::heap::Heap;
use crate::heap::classes::CLASSES;
use crate::heap::pages::{full, partial};
use crate::space::{Space, get, set, zero};

/// The offset of the first block in a slab.
const BLOCKS: u32 = 48;
/// The offset of the number of used blocks.
const USED: u32 = 2;
/// The offset of the bits.
const BITS: u32 = 16;

/// Returns the number of blocks in a slab.
const fn blocks(class: usize) -> u32 {
    (PAGE - BLOCKS) / CLASSES[class] as u32
}

impl<S: Space> Heap<S> {
    pub(super) fn allocate_small(&self, class: usize) -> Result<u32, S::Error> {
        let hint_at = self.control + 4 * class as u32;
        let hint: u32 = get(self.space, hint_at)?;
        let is_partial = hint < self.pages && self.byte(hint)? == partial(class);
        let found = if is_partial { Some(hint) } else { self.find_partial(class, hint)? };
        let number = found.map_or_else(|| self.new_slab(class), Ok)?;
        if number != hint {
            set(self.space, hint_at, number)?;
        }
        let slab = self.page(number);
        let used = self.used(slab, class)?;
        let index = self.take_bit(slab, class)?;
        set(self.space, slab + USED, used as u16 + 1)?;
        if used + 1 == blocks(class) {
            self.set_partial(number, class, false)?;
        }
        Ok(slab + BLOCKS + index * u32::from(CLASSES[class]))
    }

    pub(super) fn free_small(&self, class: usize, offset: u32) -> Result<(), S::Error> {
        let (number, size) = (self.number(offset)?, u32::from(CLASSES[class]));
        let (slab, byte) = (offset & !(PAGE - 1), self.byte(number)?);
        let used = self.used(slab, class)?;
        let from_first = (offset - slab).wrapping_sub(BLOCKS);
        let index = from_first / size;
        let was_full = byte == full(class);
        if !(was_full || byte == partial(class))
            || !from_first.is_multiple_of(size)
            || index >= blocks(class)
            || used == 0
        {
            return self.damaged();
        }
        self.give_bit(slab, index)?;
        zero(self.space, offset, size)?;
        set(self.space, slab + USED, used as u16 - 1)?;
        if was_full {
            self.set_partial(number, class, true)?;
            let hint_at = self.control + 4 * class as u32;
            if number < get(self.space, hint_at)? {
                set(self.space, hint_at, number)?;
            }
        }
        if used == 1 { self.drop_slab(number, class) } else { Ok(()) }
    }

    fn new_slab(&self, class: usize) -> Result<u32, S::Error> {
        let number = self.take_page()?;
        self.set_partial(number, class, true)?;
        set(self.space, self.page(number), class as u8 + 1)?;
        Ok(number)
    }

    fn drop_slab(&self, number: u32, class: usize) -> Result<(), S::Error> {
        zero(self.space, self.page(number), BLOCKS)?;
        self.set_partial(number, class, false)?;
        self.give_page(number)
    }

    /// Returns the number of used blocks of a page that is recorded as a slab of the class.
    fn used(&self, slab: u32, class: usize) -> Result<u32, S::Error> {
        let [kind, _, low, high] = get::<[u8; 4], S>(self.space, slab)?;
        let used = u16::from_le_bytes([low, high]).into();
        if usize::from(kind) != class + 1 || used > blocks(class) { self.damaged() } else { Ok(used) }
    }

    /// Sets the lowest bit that is not set, and returns its index.
    fn take_bit(&self, slab: u32, class: usize) -> Result<u32, S::Error> {
        for word in 0..4 {
            let at = slab + BITS + 8 * word;
            let bits: u64 = get(self.space, at)?;
            if bits != u64::MAX {
                let index = 64 * word + bits.trailing_ones();
                if index >= blocks(class) {
                    break;
                }
                set(self.space, at, bits | (bits + 1))?;
                return Ok(index);
            }
        }
        self.damaged()
    }

    fn give_bit(&self, slab: u32, index: u32) -> Result<(), S::Error> {
        let (at, bit) = (slab + BITS + index / 64 * 8, 1_u64 << (index % 64));
        let bits: u64 = get(self.space, at)?;
        if bits & bit == 0 {
            return self.damaged();
        }
        set(self.space, at, bits & !bit)
    }
}
