//! A contract's own memory: access of host functions, and restoring it.

use std::ops::Range;
use std::sync::Arc;

use super::stop::Stop;
use crate::contract::Compiled;
use crate::paging::{self, Image, Opening};
use crate::units::PAGE_SIZE;

/// The own memory of an instance. Without one every access is refused.
#[derive(Debug, Default)]
pub(crate) struct OwnMemory(Option<DefinedMemory>);

#[derive(Debug)]
struct DefinedMemory {
    memory: paging::OwnMemory,
    compiled: Arc<Compiled>,
    exported: bool,
}

impl OwnMemory {
    /// The memory of a new instance of a contract.
    pub(super) fn new(mut memory: paging::OwnMemory, compiled: &Arc<Compiled>) -> Self {
        let Some(known) = &compiled.metadata.own_memory else { return Self(None) };
        compiled.image.get_or_init(|| {
            let part = |range: &Range<u32>| {
                let (start, end) = (range.start as usize, range.end as usize);
                (start, memory.bytes().get(start..end).unwrap_or_default().into())
            };
            known.data.iter().map(part).collect()
        });
        if !compiled.metadata.single_use {
            memory.seal_large();
        }
        Self(Some(DefinedMemory { memory, compiled: compiled.clone(), exported: known.exported }))
    }

    /// Lets this thread, and the code that it runs, write the memory as long as the returned value lives.
    #[inline]
    pub(super) fn opened(&self) -> Option<Opening> {
        self.0.as_ref()?.memory.opened()
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
        let Some(made) = self.0.as_mut().filter(|made| made.exported) else { return Err(no_memory(function)) };
        let bytes = made.memory.bytes_mut();
        if range.end > bytes.len() {
            return Err(outside(function, start, length, bytes.len()));
        }
        Ok(&mut bytes[range])
    }

    #[inline]
    fn exported(&self, function: &str) -> Result<&DefinedMemory, Stop> {
        match &self.0 {
            Some(made) if made.exported => Ok(made),
            _ => Err(no_memory(function)),
        }
    }

    /// Returns at least the bytes of the host's memory that an idle instance takes; 0 without a memory.
    pub(super) fn kept_bytes(&self) -> usize {
        let Some(DefinedMemory { memory, compiled, .. }) = &self.0 else { return 0 };
        let parts = compiled.image.get().map_or(&[][..], |image| image);
        memory.written_bytes()
            + parts.iter().map(|(_, bytes)| bytes.len() + 2 * PAGE_SIZE).sum::<usize>().min(memory.bytes().len())
    }

    /// Returns the size in bytes; 0 without a memory.
    pub(super) fn size(&self) -> usize {
        self.0.as_ref().map_or(0, |made| made.memory.bytes().len())
    }

    /// Restores the bytes that a call may have written. Returns false if too many were: the instance must then be dropped.
    /// Afterwards wasmtime must be told the size, as the memory may have grown.
    pub(super) fn restore(&mut self) -> bool {
        let Some(DefinedMemory { memory, compiled, .. }) = &mut self.0 else { return true };
        memory.restore(Image(compiled.image.get().map_or(&[], |image| image)))
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
