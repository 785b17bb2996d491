//! A contract's own memory: access of host functions, and restoring it.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::environment::Environment;
use super::stop::Stop;
use crate::contract::{Compiled, ImagePart, StorageForm};
use crate::limits::STORAGE_BASE;
use crate::paging::{self, Image, Opening, PageTable};
use crate::units::PAGE_SIZE;

/// The own memory of an instance. Without one every access is refused.
#[derive(Debug, Default)]
pub(crate) struct OwnMemory(Option<DefinedMemory>);

#[derive(Debug)]
struct DefinedMemory {
    /// `None` in front of storage, while no call of this instance runs: all calls of the contract share the memory.
    memory: Option<paging::OwnMemory>,
    compiled: Arc<Compiled>,
    exported: bool,
}

/// A range of bytes that a host function was given.
enum Place {
    Own(Range<usize>),
    /// In storage, which lies inside own memory.
    Storage(Range<usize>),
}

impl OwnMemory {
    /// The memory of a new instance of a contract. In front of storage it is lent when a call begins.
    pub(super) fn new(memory: Option<paging::OwnMemory>, compiled: &Arc<Compiled>) -> Self {
        let Some(known) = &compiled.metadata.own_memory else { return Self(None) };
        let mut memory = memory;
        if let Some(memory) = memory.as_mut().filter(|_| !compiled.metadata.single_use) {
            memory.seal_large();
        }
        Self(Some(DefinedMemory { memory, compiled: compiled.clone(), exported: known.exported }))
    }

    /// Returns true if the memory lies in front of storage.
    fn is_in_front(&self) -> bool {
        self.0.as_ref().is_some_and(|made| made.compiled.metadata.storage == StorageForm::Inside)
    }

    /// Takes the memory from its place beside storage, if it lies in front of it.
    #[inline]
    pub(super) fn borrow_from(&mut self, environment: &mut impl Environment) {
        if self.is_in_front()
            && let Some(made) = &mut self.0
        {
            made.memory = environment.own_memory().take();
        }
    }

    /// Returns the memory to its place beside storage, if it lies in front of it.
    #[inline]
    pub(super) fn return_to(&mut self, environment: &mut impl Environment) {
        if self.is_in_front()
            && let Some(memory) = self.0.as_mut().and_then(|made| made.memory.take())
        {
            *environment.own_memory() = Some(memory);
        }
    }

    /// Ends a call: returns a memory in front of storage, and brings it to its initial state.
    pub(super) fn end_call(&mut self, environment: &mut impl Environment) -> io::Result<()> {
        self.return_to(environment);
        match (&self.0, environment.own_memory()) {
            (Some(made), Some(memory)) if self.is_in_front() => {
                let image = Image(image(&made.compiled));
                if memory.restore(image) { Ok(()) } else { memory.reset(image) }
            }
            _ => Ok(()),
        }
    }

    /// Lets this thread, and the code that it runs, write the memory as long as the returned value lives.
    #[inline]
    pub(super) fn opened(&self) -> Option<Opening> {
        self.0.as_ref()?.memory.as_ref()?.opened()
    }

    /// Checks that a host function may be given a range. `start` and `length` are unsigned; an empty range may be at an end.
    pub(crate) fn check<E: Environment + ?Sized>(
        &self,
        environment: &E,
        function: &str,
        start: i32,
        length: u32,
    ) -> Result<(), Stop> {
        self.find(environment, function, start, length).map(|_| ())
    }

    /// Bytes for a host function to read, which may lie in storage.
    #[inline]
    pub(crate) fn read<'a, E: Environment + ?Sized>(
        &'a self,
        environment: &'a mut E,
        table: &mut PageTable,
        function: &str,
        start: i32,
        length: u32,
    ) -> Result<&'a [u8], Stop> {
        match self.find(environment, function, start, length)? {
            Place::Own(range) => Ok(self.bytes().get(range).unwrap_or_default()),
            Place::Storage(range) => environment.bytes(table, range),
        }
    }

    /// Bytes for a host function to write, which may lie in storage: that is a store by the call.
    #[inline]
    pub(crate) fn write<'a, E: Environment + ?Sized>(
        &'a mut self,
        environment: &'a mut E,
        table: &mut PageTable,
        function: &str,
        start: i32,
        length: u32,
    ) -> Result<&'a mut [u8], Stop> {
        match self.find(environment, function, start, length)? {
            Place::Own(range) => Ok(self.bytes_mut().get_mut(range).unwrap_or_default()),
            Place::Storage(range) => environment.bytes_mut(table, range),
        }
    }

    /// Bytes in front of storage, or of a memory apart from it, for a host function to read.
    #[inline]
    pub(crate) fn read_own(&self, function: &str, start: i32, length: u32) -> Result<&[u8], Stop> {
        let bytes = self.exported(function)?;
        match bytes.get(range(start, length)) {
            Some(bytes) => Ok(bytes),
            None => Err(outside(function, start, length, bytes.len())),
        }
    }

    /// The same bytes to write.
    #[inline]
    pub(crate) fn write_own(&mut self, function: &str, start: i32, length: u32) -> Result<&mut [u8], Stop> {
        let range = range(start, length);
        let size = self.exported(function)?.len();
        match self.bytes_mut().get_mut(range) {
            Some(bytes) => Ok(bytes),
            None => Err(outside(function, start, length, size)),
        }
    }

    /// Returns true if a range that was checked lies in storage.
    #[inline]
    pub(crate) fn is_storage(&self, start: i32) -> bool {
        start as u32 >= STORAGE_BASE && self.is_in_front()
    }

    #[inline]
    fn find<E: Environment + ?Sized>(
        &self,
        environment: &E,
        function: &str,
        start: i32,
        length: u32,
    ) -> Result<Place, Stop> {
        let size = self.exported(function)?.len();
        let range = range(start, length);
        if range.end <= size {
            return Ok(Place::Own(range));
        }
        let (base, limit) = (STORAGE_BASE as usize, environment.page_limit().bytes() as usize);
        if self.is_storage(start) && range.end <= base + limit {
            return Ok(Place::Storage(range.start - base..range.end - base));
        }
        Err(outside(function, start, length, size))
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.0.as_ref().and_then(|made| made.memory.as_ref()).map_or(&[], paging::OwnMemory::bytes)
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.as_mut().and_then(|made| made.memory.as_mut()).map_or(&mut [], paging::OwnMemory::bytes_mut)
    }

    /// The bytes, if host functions may access them.
    #[inline]
    fn exported(&self, function: &str) -> Result<&[u8], Stop> {
        match &self.0 {
            Some(made) if made.exported => Ok(self.bytes()),
            _ => Err(no_memory(function)),
        }
    }

    /// Returns at least the bytes of the host's memory that an idle instance takes; 0 without a memory of its own.
    pub(super) fn kept_bytes(&self) -> usize {
        let Some(DefinedMemory { memory: Some(memory), compiled, .. }) = &self.0 else { return 0 };
        let parts = image(compiled);
        memory.written_bytes()
            + parts.iter().map(|(_, bytes)| bytes.len() + 2 * PAGE_SIZE).sum::<usize>().min(memory.bytes().len())
    }

    /// Restores the memory after a call. Returns its size, which wasmtime must be told, as the memory may have grown; `None` if the
    /// instance must be dropped. In front of storage the owner of the region restores it.
    pub(super) fn restore(&mut self) -> Option<usize> {
        match &mut self.0 {
            None => Some(0),
            Some(DefinedMemory { memory: None, compiled, .. }) => Some(compiled.metadata.own_memory_bytes()),
            Some(DefinedMemory { memory: Some(memory), compiled, .. }) => {
                memory.restore(Image(image(compiled))).then(|| memory.bytes().len())
            }
        }
    }
}

fn image(compiled: &Compiled) -> &[ImagePart] {
    compiled.metadata.own_memory.as_ref().map_or(&[], |memory| &memory.image)
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
