//! Arguments of host functions, checked.

use std::fmt;
use std::ops::Range;

use wasmtime::{AsContextMut, Caller, Memory};

use crate::exec::{Host, Stop};
use crate::units::{PAGE_SIZE, PageIndex};

/// Bytes of one storage page: never empty, never over its end, below the contract's page limit.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) page: PageIndex,
    pub(super) bytes: Range<usize>,
}

impl Slice {
    /// Checks the page, the offset in it and the length, in bytes.
    #[inline]
    pub(super) fn new(host: &mut Host, function: &str, page: i32, offset: i32, length: i32) -> Result<Self, Stop> {
        let limit = host.transaction()?.region.limit();
        let index = PageIndex(page as u32);
        let (start, size) = (offset as u32 as usize, length as u32 as usize);
        if limit.contains(index) && start < PAGE_SIZE && size > 0 && size <= PAGE_SIZE - start {
            return Ok(Self { page: index, bytes: start..start + size });
        }
        Err(Stop::refuse(function, SliceRefusal { page, offset, length, limit: limit.0 }))
    }
}

/// The first reason why a slice is refused.
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
            write!(f, "page {page} is not one of the contract's {limit} pages")
        } else if !(0..PAGE_SIZE as i32).contains(&offset) {
            write!(f, "offset {offset} is not in a page: 0 to {}", PAGE_SIZE - 1)
        } else if length < 1 {
            write!(f, "length {length} is not a length: at least 1 byte")
        } else {
            write!(f, "{length} bytes at offset {offset} go over the end of the page at {PAGE_SIZE}")
        }
    }
}

/// The memory that a host function may use: the contract's own, exported as `memory`. `index` must be 0.
#[inline]
pub(super) fn own_memory(caller: &Caller<'_, Host>, function: &str, index: i32) -> Result<Memory, Stop> {
    if index != 0 {
        return Err(Stop::refuse(function, format_args!("memory {index} does not exist: mem_idx must be 0")));
    }
    let memory = caller.data().frame.memory;
    memory.ok_or_else(|| Stop::refuse(function, "the contract exports no memory of its own as `memory`"))
}

/// A range of a memory of `size` bytes; `start` and `length` are unsigned. A range of length 0 may stand at the end.
#[inline]
pub(super) fn range(function: &str, size: usize, start: i32, length: u32) -> Result<Range<usize>, Stop> {
    let from = start as u32 as usize;
    let to = from + length as usize;
    if to <= size {
        return Ok(from..to);
    }
    let from = start as u32;
    Err(Stop::refuse(
        function,
        format_args!("{length} bytes at {from} are not within the contract's memory of {size} bytes"),
    ))
}

/// A length that has to be at least 1.
#[inline]
pub(super) fn length_of_at_least_1(function: &str, length: i32) -> Result<u32, Stop> {
    if length > 0 {
        return Ok(length as u32);
    }
    Err(Stop::refuse(function, format_args!("length {length} is not a length: at least 1 byte")))
}

/// Copies bytes out of the contract's memory.
pub(super) fn read_memory<const N: usize>(
    caller: &mut Caller<'_, Host>,
    function: &str,
    start: i32,
) -> Result<[u8; N], Stop> {
    let memory = own_memory(caller, function, 0)?;
    let data = memory.data(&mut *caller);
    let range = range(function, data.len(), start, N as u32)?;
    let mut bytes = [0; N];
    bytes.copy_from_slice(&data[range]);
    Ok(bytes)
}

/// Copies bytes, made from the host's data, into the contract's memory.
#[inline]
pub(super) fn write_memory<'h>(
    caller: &'h mut Caller<'_, Host>,
    function: &str,
    start: i32,
    length: u32,
) -> Result<(&'h mut [u8], &'h mut Host), Stop> {
    let memory = own_memory(caller, function, 0)?;
    let (data, host) = memory.data_and_store_mut(caller.as_context_mut());
    let range = range(function, data.len(), start, length)?;
    host.frame.note_host_write(range.start, range.len());
    Ok((&mut data[range], host))
}
