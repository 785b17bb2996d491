//! Which pages are free, and which have room for a block of a size class.
//!
//! The heap's pages come in groups: a *descriptor*, one page, and the up to 4,064 pages that it describes.
//!
//! ```text
//!  0                                              32                     4096
//!  ┌─────────┬─────────┬───┬─────────┬────────────┬───────────────────────┐
//!  │ partial │ partial │ … │ partial │ pages used │ a byte for each page  │
//!  │ of 0    │ of 1    │   │ of 14   │ of group   │                       │   u16 each, then u8
//!  └─────────┴─────────┴───┴─────────┴────────────┴───────────────────────┘
//!  byte of a page: 0 free, 0x20 first of a run, 0x21 another one of a run,
//!                  0x40 + class: slab, all blocks used; 0x80 + class: slab with room ("partial")
//! ```
//!
//! Pages are numbered without the descriptors: number `n` is described by group `n / 4064`.

use crate::head::{PAGE, PAGE_HINT_AT, PAGES_USED_AT};
use crate::heap::Heap;
use crate::space::{Failure, Space, get, set, zero};

/// Pages that one descriptor describes.
pub(super) const GROUP: u32 = PAGE - BYTES;
/// The offset of the pages' bytes in a descriptor.
const BYTES: u32 = 32;
/// The place of the number of used pages among the counts of a descriptor.
const USED: usize = 15;

const FREE: u8 = 0;
const RUN: u8 = 0x20;
const CONTINUED: u8 = 0x21;

/// The byte of a slab without room.
pub(super) const fn full(class: usize) -> u8 {
    0x40 + class as u8
}

/// The byte of a slab with room.
pub(super) const fn partial(class: usize) -> u8 {
    0x80 + class as u8
}

/// Returns how many of `pages` pages are left for blocks, beside the descriptors.
pub(super) const fn count(pages: u32) -> u32 {
    let rest = pages % (GROUP + 1);
    pages / (GROUP + 1) * GROUP + rest.saturating_sub(1)
}

impl<S: Space> Heap<S> {
    /// Returns the offset of a page.
    pub(super) fn page(&self, number: u32) -> u32 {
        (self.first + number / GROUP + 1 + number) * PAGE
    }

    /// Returns the number of the page that holds the byte at an offset.
    pub(super) fn number(&self, offset: u32) -> Result<u32, S::Error> {
        let index = (offset / PAGE).wrapping_sub(self.first);
        let number = (index / (GROUP + 1) * GROUP).wrapping_add((index % (GROUP + 1)).wrapping_sub(1));
        if index.is_multiple_of(GROUP + 1) || number >= self.pages { self.damaged() } else { Ok(number) }
    }

    fn descriptor(&self, group: u32) -> u32 {
        (self.first + group * (GROUP + 1)) * PAGE
    }

    fn byte_at(&self, number: u32) -> u32 {
        self.descriptor(number / GROUP) + BYTES + number % GROUP
    }

    pub(super) fn byte(&self, number: u32) -> Result<u8, S::Error> {
        get(self.space, self.byte_at(number))
    }

    pub(super) fn set_byte(&self, number: u32, byte: u8) -> Result<(), S::Error> {
        set(self.space, self.byte_at(number), byte)
    }

    /// Adds to one of the counts of a page's group.
    fn add(&self, number: u32, which: usize, change: i32) -> Result<(), S::Error> {
        let at = self.descriptor(number / GROUP) + 2 * which as u32;
        let count = i32::from(get::<u16, S>(self.space, at)?) + change;
        if !(0..=GROUP as i32).contains(&count) {
            return self.damaged();
        }
        set(self.space, at, count as u16)
    }

    /// Gives a slab the byte that says that it has room, or that it has none.
    pub(super) fn set_partial(&self, number: u32, class: usize, has_room: bool) -> Result<(), S::Error> {
        self.set_byte(number, if has_room { partial(class) } else { full(class) })?;
        self.add(number, class, if has_room { 1 } else { -1 })
    }

    /// Finds the lowest page from `from` on that is a slab of the class with room.
    pub(super) fn find_partial(&self, class: usize, from: u32) -> Result<Option<u32>, S::Error> {
        self.find(partial(class), from, |counts| counts[class] > 0)
    }

    /// Finds the lowest page from `from` on that is free.
    fn find_free(&self, from: u32) -> Result<Option<u32>, S::Error> {
        self.find(FREE, from, |counts| u32::from(counts[USED]) < GROUP)
    }

    fn find(&self, byte: u8, from: u32, may_be_in: impl Fn([u16; 16]) -> bool) -> Result<Option<u32>, S::Error> {
        let mut number = from;
        while number < self.pages {
            let group = number / GROUP;
            let end = (group + 1) * GROUP;
            let descriptor = self.descriptor(group);
            if may_be_in(get(self.space, descriptor)?) {
                let length = end.min(self.pages) - number;
                let bytes = self.space.read(descriptor + BYTES + number % GROUP, length)?;
                // SAFETY: `read` made the range ready.
                if let Some(index) = unsafe { find_byte(bytes, length, byte) } {
                    return Ok(Some(number + index));
                }
            }
            number = end;
        }
        Ok(None)
    }

    /// Takes the lowest free page. Its byte is left to the caller.
    pub(super) fn take_page(&self) -> Result<u32, S::Error> {
        let hint: u32 = get(self.space, PAGE_HINT_AT)?;
        let number = self.find_free(hint)?.ok_or_else(|| self.space.fail(Failure::Full))?;
        set(self.space, PAGE_HINT_AT, number + 1)?;
        self.count_used(number, 1)?;
        Ok(number)
    }

    /// Returns a page that is zero to the free ones.
    pub(super) fn give_page(&self, number: u32) -> Result<(), S::Error> {
        self.set_byte(number, FREE)?;
        self.count_freed(number, 1)
    }

    fn count_used(&self, number: u32, pages: u32) -> Result<(), S::Error> {
        self.add(number, USED, pages as i32)?;
        let used: u32 = get(self.space, PAGES_USED_AT)?;
        set(self.space, PAGES_USED_AT, used.wrapping_add(pages))
    }

    fn count_freed(&self, number: u32, pages: u32) -> Result<(), S::Error> {
        self.add(number, USED, -(pages as i32))?;
        let used: u32 = get(self.space, PAGES_USED_AT)?;
        let left = used.checked_sub(pages).map_or_else(|| self.damaged(), Ok)?;
        set(self.space, PAGES_USED_AT, left)?;
        if left == 0 {
            // The heap is empty: the hints return to their initial values.
            zero(self.space, self.control, crate::head::CONTROL)?;
            set(self.space, PAGE_HINT_AT, 0_u32)
        } else if number < get(self.space, PAGE_HINT_AT)? {
            set(self.space, PAGE_HINT_AT, number)
        } else {
            Ok(())
        }
    }

    /// Allocates the lowest run of free pages within a group.
    pub(super) fn allocate_pages(&self, pages: u32) -> Result<u32, S::Error> {
        if pages == 1 {
            let number = self.take_page()?;
            self.set_byte(number, RUN)?;
            return Ok(self.page(number));
        }
        let hint: u32 = get(self.space, PAGE_HINT_AT)?;
        let mut from = hint;
        while let Some(number) = self.find_free(from)? {
            let end = ((number / GROUP + 1) * GROUP).min(self.pages);
            let free = self.free_from(number, end.min(number + pages))?;
            if free == pages {
                let bytes = self.space.write(self.byte_at(number), pages)?;
                // SAFETY: `write` made the range ready.
                unsafe { bytes.write_bytes(CONTINUED, pages as usize) };
                self.set_byte(number, RUN)?;
                self.count_used(number, pages)?;
                if number == hint {
                    set(self.space, PAGE_HINT_AT, number + pages)?;
                }
                return Ok(self.page(number));
            }
            from = number + free;
        }
        Err(self.space.fail(Failure::Full))
    }

    /// Counts the free pages from `number` on, up to `end`.
    fn free_from(&self, number: u32, end: u32) -> Result<u32, S::Error> {
        let bytes = self.space.read(self.byte_at(number), end - number)?;
        // SAFETY: `read` made the range ready, and `index` is in it.
        let is_free = |index: &u32| unsafe { bytes.add(*index as usize).read() } == FREE;
        Ok((0..end - number).take_while(is_free).count() as u32)
    }

    /// Frees a run of pages, and makes them zero.
    pub(super) fn free_pages(&self, pages: u32, offset: u32) -> Result<(), S::Error> {
        let number = self.number(offset)?;
        let is_in_group = number % GROUP + pages <= GROUP && pages <= self.pages - number;
        if !offset.is_multiple_of(PAGE) || !is_in_group || self.byte(number)? != RUN {
            return self.damaged();
        }
        for other in number + 1..number + pages {
            if self.byte(other)? != CONTINUED {
                return self.damaged();
            }
        }
        let end = number + pages;
        if !end.is_multiple_of(GROUP) && end < self.pages && self.byte(end)? == CONTINUED {
            return self.damaged();
        }
        zero(self.space, offset, pages * PAGE)?;
        zero(self.space, self.byte_at(number), pages)?;
        self.count_freed(number, pages)
    }
}

/// Finds a byte, eight at a time where that is possible.
///
/// # Safety
///
/// `bytes` is valid for reads of `length` bytes.
unsafe fn find_byte(bytes: *const u8, length: u32, byte: u8) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut index = 0;
    while index + 8 <= length {
        // SAFETY: eight bytes from `index` on are within `length`.
        let word = unsafe { bytes.add(index as usize).cast::<[u8; 8]>().read() };
        let zero_where_equal = u64::from_le_bytes(word) ^ (ONES * u64::from(byte));
        let found = zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & (ONES << 7);
        if found != 0 {
            return Some(index + found.trailing_zeros() / 8);
        }
        index += 8;
    }
    // SAFETY: `index` is below `length`.
    (index..length).find(|&index| unsafe { bytes.add(index as usize).read() } == byte)
}
