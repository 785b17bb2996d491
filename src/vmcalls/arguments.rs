//! Checks of the arguments of host functions.

use std::fmt;
use std::ops::Range;

use crate::contract::imports::svm::{LEN, MEM_IDX, OFFSET, PAGE};
use crate::machine::Stop;
use crate::units::{PAGE_SIZE, PageCount, PageIndex};

/// A slice of storage: at least one byte, within one page, below the contract's page limit.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) page: PageIndex,
    pub(super) bytes: Range<usize>,
}

impl Slice {
    /// Checks a page, an offset in it in bytes, and a length in bytes.
    #[inline]
    pub(super) fn new(limit: PageCount, function: &str, page: i32, offset: i32, length: i32) -> Result<Self, Stop> {
        let index = PageIndex(page as u32);
        let (start, size) = (offset as u32 as usize, length as u32 as usize);
        if limit.contains(index) && start < PAGE_SIZE && size > 0 && size <= PAGE_SIZE - start {
            return Ok(Self { page: index, bytes: start..start + size });
        }
        Err(refuse_slice(function, SliceRefusal { page, offset, length, limit: limit.0 }))
    }
}

#[cold]
#[inline(never)]
fn refuse_slice(function: &str, refusal: SliceRefusal) -> Stop {
    Stop::refuse(function, refusal)
}

/// The arguments of a refused slice. `Display` writes the first reason for the refusal.
struct SliceRefusal {
    page: i32,
    offset: i32,
    length: i32,
    limit: u32,
}

impl fmt::Display for SliceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, offset, length, limit } = *self;
        if page < 0 || page as u32 >= limit {
            write!(f, "{} {page} is not one of the contract's {limit} pages", PAGE.name)
        } else if !(0..PAGE_SIZE as i32).contains(&offset) {
            write!(f, "{} {offset} is not in a page: 0 to {}", OFFSET.name, PAGE_SIZE - 1)
        } else if length < 1 {
            write!(f, "{} {length} is not a length: at least 1 byte", LEN.name)
        } else {
            write!(f, "{length} bytes at {} {offset} go over the end of the page at {PAGE_SIZE}", OFFSET.name)
        }
    }
}

/// Refuses every memory index except 0: host functions accept no other.
#[inline]
pub(super) fn only_memory(function: &str, index: i32) -> Result<(), Stop> {
    if index == 0 {
        return Ok(());
    }
    Err(no_such_memory(function, index))
}

#[cold]
#[inline(never)]
fn no_such_memory(function: &str, index: i32) -> Stop {
    Stop::refuse(function, format_args!("memory {index} does not exist: {} must be 0", MEM_IDX.name))
}

/// Refuses a length below 1.
#[inline]
pub(super) fn length_of_at_least_1(function: &str, length: i32) -> Result<u32, Stop> {
    if length > 0 {
        return Ok(length as u32);
    }
    Err(Stop::refuse(function, format_args!("{} {length} is not a length: at least 1 byte", LEN.name)))
}
