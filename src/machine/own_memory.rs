//! A contract's own memory: access of host functions, and restoring it.

use std::ops::Range;

use super::stop::Stop;
use crate::contract;
use crate::paging;
use crate::units::{PAGE_SIZE, PageBytes};

/// The most bytes that a restore writes. Writing more takes longer than making a new instance.
const MAX_RESTORED_BYTES: usize = 256 << 10;

static ZEROS: PageBytes = [0; PAGE_SIZE];

/// The empty range: every range extends it.
const EMPTY: Range<usize> = Range { start: usize::MAX, end: 0 };

/// The own memory of an instance. Without one every access is refused.
#[derive(Debug)]
pub(crate) struct OwnMemory {
    memory: Option<DefinedMemory>,
    /// The range that host functions may have written since the memory was made or restored.
    host_written: Range<usize>,
}

#[derive(Debug)]
struct DefinedMemory {
    memory: paging::OwnMemory,
    /// Its initial size.
    size: usize,
    /// Its initial bytes, up to the last that is not zero.
    image: Box<[u8]>,
    exported: bool,
    written_by_code: bool,
}

impl Default for OwnMemory {
    fn default() -> Self {
        Self { memory: None, host_written: EMPTY }
    }
}

impl OwnMemory {
    /// The memory of a new instance.
    pub(super) fn new(memory: paging::OwnMemory, known: &contract::OwnMemory) -> Self {
        let bytes = memory.bytes();
        let (size, image) = (bytes.len(), bytes[..used_length(bytes)].into());
        let (exported, written_by_code) = (known.exported, known.written_by_code);
        Self { memory: Some(DefinedMemory { memory, size, image, exported, written_by_code }), host_written: EMPTY }
    }

    /// Bytes for a host function to read. `start` and `length` are unsigned; an empty range may be at the end.
    #[inline]
    pub(crate) fn read(&self, function: &str, start: i32, length: u32) -> Result<&[u8], Stop> {
        let bytes = self.exported(function)?.memory.bytes();
        match bytes.get(range(start, length)) {
            Some(bytes) => Ok(bytes),
            None => Err(outside(function, start, length, bytes.len())),
        }
    }

    /// Bytes for a host function to write.
    #[inline]
    pub(crate) fn write(&mut self, function: &str, start: i32, length: u32) -> Result<&mut [u8], Stop> {
        let range = range(start, length);
        let Some(made) = self.memory.as_mut().filter(|made| made.exported) else { return Err(no_memory(function)) };
        let bytes = made.memory.bytes_mut();
        if range.end > bytes.len() {
            return Err(outside(function, start, length, bytes.len()));
        }
        self.host_written.start = self.host_written.start.min(range.start);
        self.host_written.end = self.host_written.end.max(range.end);
        Ok(&mut bytes[range])
    }

    #[inline]
    fn exported(&self, function: &str) -> Result<&DefinedMemory, Stop> {
        match &self.memory {
            Some(made) if made.exported => Ok(made),
            _ => Err(no_memory(function)),
        }
    }

    /// Restores the bytes that a call may have written. Returns false if the memory has grown or too many bytes were written.
    pub(super) fn restore(&mut self) -> bool {
        let host_written = std::mem::replace(&mut self.host_written, EMPTY);
        let Some(DefinedMemory { memory, size, image, written_by_code, .. }) = &mut self.memory else { return true };
        let bytes = memory.bytes_mut();
        let written = if *written_by_code { 0..bytes.len() } else { host_written };
        if bytes.len() != *size || written.len() > MAX_RESTORED_BYTES {
            return false;
        }
        if written.is_empty() {
            return true;
        }
        let zeros = image.len().clamp(written.start, written.end);
        if let Some(image) = image.get(written.start..zeros) {
            bytes[written.start..zeros].copy_from_slice(image);
        }
        bytes[zeros..written.end].fill(0);
        true
    }
}

/// Copies bytes between slices of the same length. Eight bytes, by far the most common length, need no call of `memcpy`.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    match (<&mut [u8; 8]>::try_from(&mut *to), <&[u8; 8]>::try_from(from)) {
        (Ok(to), Ok(from)) => *to = *from,
        _ => to.copy_from_slice(from),
    }
}

/// The number of bytes up to the last that is not zero. Most memories are nearly all zeros, so whole pages are skipped first.
fn used_length(bytes: &[u8]) -> usize {
    let zeros =
        bytes.rchunks(PAGE_SIZE).take_while(|page| **page == ZEROS[..page.len()]).map(<[u8]>::len).sum::<usize>();
    bytes[..bytes.len() - zeros].iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

#[inline]
fn range(start: i32, length: u32) -> Range<usize> {
    let start = start as u32 as usize;
    start..start + length as usize
}

#[cold]
#[inline(never)]
fn outside(function: &str, start: i32, length: u32, size: usize) -> Stop {
    let start = start as u32;
    let message = format_args!("{length} bytes at {start} are not within the contract's memory of {size} bytes");
    Stop::refuse(function, message)
}

#[cold]
#[inline(never)]
fn no_memory(function: &str) -> Stop {
    Stop::refuse(function, "the contract exports no memory of its own as `memory`")
}
