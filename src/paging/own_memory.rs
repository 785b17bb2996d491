//! A contract's own memory, which is restored at the cost of the pages that calls write.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::hardware::{Opening, Sealed};
use super::reservation::Reservation;
use crate::units::PAGE_SIZE;

/// The most pages that a restore writes. More take longer than a new instance, and a kept instance would hold their memory.
const MAX_RESTORED_PAGES: u32 = 512;

/// With more open pages than this, a restore looks for those that were not written.
pub(super) const FEW_PAGES: u32 = 64;

/// After this many restores in a row that found most open pages unwritten, all pages are sealed again.
const IDLE_RESTORES: u32 = 8;

static ZEROS: [u8; PAGE_SIZE] = [0; PAGE_SIZE];

/// A contract's own memory, as the host sees it.
///
/// It is part of the data of the wasmtime store whose instance uses it. A reference into it borrows that store, so no
/// wasm runs as long as the reference lives (rule 3).
///
/// ```text
///            first write of a page
///   sealed ─────────────────────────► open: written freely, and restored after every call
///      ▲                                │ most open pages stay unwritten
///      └────────────────────────────────┘
/// ```
/// A program writes the same few pages in each of its calls: the top of its stack, and some data. So only the first calls of an
/// instance have faults.
#[derive(Debug)]
pub(crate) struct OwnMemory {
    memory: Arc<Reservation>,
    /// The initial size in bytes.
    size: usize,
    /// `None` before the memory is sealed, and where the host cannot notice writes: then every page may have been written.
    seal: Option<Sealed>,
    /// The number of restores in a row that found most open pages unwritten.
    idle: u32,
}

/// The bytes of a memory right after its instance was made: disjoint parts in ascending order, each with the offset of its first
/// byte. The bytes between them are zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image<'a>(pub(crate) &'a [(usize, Box<[u8]>)]);

impl<'a> Image<'a> {
    /// Returns the parts in a range of the memory, each with its offset in the range.
    fn within(self, range: Range<usize>) -> impl Iterator<Item = (usize, &'a [u8])> {
        let first = self.0.partition_point(|(start, bytes)| start + bytes.len() <= range.start);
        let (first_byte, end) = (range.start, range.end);
        self.0[first..].iter().take_while(move |(start, _)| *start < end).map(move |(start, bytes)| {
            let (from, to) = (first_byte.max(*start), end.min(start + bytes.len()));
            (from - first_byte, &bytes[from - start..to - start])
        })
    }

    /// Returns true if a part lies in a range of the memory.
    pub(super) fn overlaps(self, range: Range<usize>) -> bool {
        self.within(range).next().is_some()
    }

    /// Writes the parts into a range of zeros that begins at `start`.
    pub(super) fn write(self, start: usize, bytes: &mut [u8]) {
        for (at, part) in self.within(start..start + bytes.len()) {
            bytes[at..at + part.len()].copy_from_slice(part);
        }
    }

    /// Restores the bytes of a memory in a range that begins at `start`.
    pub(super) fn restore(self, start: usize, bytes: &mut [u8]) {
        let mut done = 0;
        for (at, part) in self.within(start..start + bytes.len()) {
            bytes[done..at].fill(0);
            done = at + part.len();
            bytes[at..done].copy_from_slice(part);
        }
        bytes[done..].fill(0);
    }

    /// Returns whether a page differs from the image.
    fn differs(self, start: usize, page: &[u8]) -> bool {
        let is_zero = |bytes: &[u8]| *bytes == ZEROS[..bytes.len()];
        let mut done = 0;
        for (at, part) in self.within(start..start + page.len()) {
            if !is_zero(&page[done..at]) || page[at..at + part.len()] != *part {
                return true;
            }
            done = at + part.len();
        }
        !is_zero(&page[done..])
    }
}

impl OwnMemory {
    pub(super) fn new(memory: Arc<Reservation>) -> Self {
        Self { size: memory.accessible(), memory, seal: None, idle: 0 }
    }

    /// The own memory in front of a region, in its initial state. It outlives its instances, so it is sealed even if it is small.
    pub(super) fn with_image(memory: Arc<Reservation>, image: Image<'_>) -> Self {
        let mut own = Self::new(memory);
        image.write(0, own.bytes_mut());
        own.seal();
        own
    }

    /// Returns the reservation, to be mapped as a wasm memory.
    pub(super) fn memory(&self) -> Arc<Reservation> {
        self.memory.clone()
    }

    #[cfg(test)]
    pub(super) fn reservation(&self) -> &Reservation {
        &self.memory
    }

    /// Returns the number of open pages.
    #[cfg(test)]
    pub(super) fn open_pages(&self) -> u32 {
        self.seal.as_ref().map_or(0, |seal| seal.open_pages())
    }

    /// Returns at least the number of bytes that calls have written.
    pub(crate) fn written_bytes(&self) -> usize {
        self.seal.as_ref().map_or(self.size, |seal| seal.open_pages() as usize * PAGE_SIZE)
    }

    /// Returns the bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the accessible bytes are readable as long as the reservation lives. The wasm that writes them does not
        // run during the borrow, as the doc comment of the type explains.
        unsafe { std::slice::from_raw_parts(self.memory.start().as_ptr(), self.memory.accessible()) }
    }

    /// Returns the bytes for writing. A sealed page is opened by the write itself, if the memory is [`opened`](Self::opened).
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`. The host reaches the bytes only through this value, which is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.memory.start().as_ptr(), self.memory.accessible()) }
    }

    /// Seals all pages of a memory in its initial state, unless it is small: a small one is sealed by its first restore, as many
    /// instances run one call only.
    pub(crate) fn seal_large(&mut self) {
        if self.size > FEW_PAGES as usize * PAGE_SIZE {
            self.seal();
        }
    }

    /// Seals all pages, so that the first write of each is noticed.
    fn seal(&mut self) {
        self.seal = Sealed::new(&self.memory).ok();
    }

    /// Lets this thread write the memory as long as the returned value lives.
    #[inline]
    pub(crate) fn opened(&self) -> Option<Opening> {
        self.seal.as_ref().and_then(Sealed::opened)
    }

    /// Restores the pages that may have been written. Returns false if that is impossible or takes too long: the memory must then
    /// not be used again.
    ///
    /// If the memory has grown, it is cut to its initial size. The caller must then tell wasmtime.
    pub(crate) fn restore(&mut self, image: Image<'_>) -> bool {
        let pages = (self.size / PAGE_SIZE) as u32;
        let grown = ((self.memory.accessible() - self.size) / PAGE_SIZE) as u32;
        let open = self.seal.as_ref().map_or(pages, |seal| seal.open_pages());
        if open.saturating_add(grown) > MAX_RESTORED_PAGES {
            return false;
        }
        // Not for no bytes: a store of no bytes to memory without access takes the processor 70 ns.
        if grown > 0 {
            let size = self.size;
            self.bytes_mut()[size..].fill(0);
            if self.cut().is_err() {
                return false;
            }
        }
        let Some(seal) = &self.seal else {
            image.restore(0, self.bytes_mut());
            // A waiting call that began without a seal could not write a sealed page.
            if !self.memory.is_part() {
                self.seal();
            }
            return true;
        };
        let mut written = 0;
        for page in seal.pages() {
            let start = page.0 as usize * PAGE_SIZE;
            // SAFETY: the page is one of the accessible pages, and open, so it is writable. `self` is borrowed mutably, and no other
            // reference into the memory exists, as in `bytes_mut`.
            let bytes = unsafe { &mut *self.memory.start().as_ptr().add(start).cast::<[u8; PAGE_SIZE]>() };
            if open <= FEW_PAGES || image.differs(start, bytes) {
                image.restore(start, bytes);
                written += 1;
            }
        }
        self.idle = if written < open / 2 { self.idle + 1 } else { 0 };
        if self.idle < IDLE_RESTORES {
            return true;
        }
        self.idle = 0;
        seal.close().is_ok()
    }
}

/// What only the own memory in front of a region needs, which outlives its instances.
impl OwnMemory {
    /// Brings the memory to its initial state at the cost of its image: the host takes its pages back.
    ///
    /// # Errors
    /// Returns the error of the kernel. The memory must then not be used again.
    pub(crate) fn reset(&mut self, image: Image<'_>) -> io::Result<()> {
        if let Some(seal) = &self.seal {
            seal.open_all();
        }
        self.memory.discard(0..(self.memory.accessible() / PAGE_SIZE) as u32)?;
        self.cut()?;
        image.write(0, self.bytes_mut());
        self.idle = 0;
        self.seal.as_ref().map_or(Ok(()), |seal| seal.close())
    }

    /// Cuts the memory, whose pages beyond its initial size are zero, to that size.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        if self.memory.accessible() == self.size { Ok(()) } else { self.memory.shrink(self.size) }
    }

    /// Grows the memory to a size in bytes.
    pub(super) fn grow(&mut self, size: usize) -> io::Result<()> {
        if self.memory.accessible() == size { Ok(()) } else { self.memory.grow(size) }
    }

    /// Returns the runs of pages that calls may have written.
    pub(super) fn written_runs(&self) -> Vec<Range<u32>> {
        let (initial, all) = ((self.size / PAGE_SIZE) as u32, (self.memory.accessible() / PAGE_SIZE) as u32);
        let mut runs: Vec<Range<u32>> = Vec::new();
        match &self.seal {
            Some(seal) => {
                for page in seal.pages() {
                    match runs.last_mut() {
                        Some(run) if run.end == page.0 => run.end += 1,
                        _ => runs.push(page.0..page.0 + 1),
                    }
                }
            }
            None if initial > 0 => runs.push(0..initial),
            None => {}
        }
        if initial < all {
            runs.push(initial..all);
        }
        runs
    }

    /// Notes that a call has written pages.
    pub(super) fn note_written(&mut self, pages: Range<u32>) -> io::Result<()> {
        let initial = (self.size / PAGE_SIZE) as u32;
        match &self.seal {
            Some(seal) if pages.start < initial => seal.open_pages_of(pages),
            _ => Ok(()),
        }
    }
}

impl Drop for OwnMemory {
    fn drop(&mut self) {
        // The memory may be recycled for another instance, which writes all of it. In a child of a fork it is absent.
        if let Some(seal) = &self.seal
            && self.memory.is_here()
        {
            seal.open_all();
        }
    }
}
