//! Own memory of a call, which later calls reuse.

use std::ops::{Deref, Range};

use crate::fuzzing::script::OWN_BYTES;
use crate::units::PAGE_SIZE;

/// Own memory. It is zero where it was not written.
#[derive(Debug)]
pub(in crate::fuzzing) struct OwnMemory {
    bytes: Vec<u8>,
    /// One bit for each written page.
    written: u16,
}

impl Default for OwnMemory {
    fn default() -> Self {
        Self { bytes: vec![0; OWN_BYTES], written: 0 }
    }
}

impl Deref for OwnMemory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl OwnMemory {
    /// Returns bytes to write to, and notes their pages as written.
    pub(super) fn write(&mut self, range: Range<usize>) -> &mut [u8] {
        if !range.is_empty() {
            (range.start / PAGE_SIZE..=(range.end - 1) / PAGE_SIZE).for_each(|page| self.written |= 1 << page);
        }
        &mut self.bytes[range]
    }

    /// Zeroes the written pages.
    pub(super) fn clear(&mut self) {
        for page in (0..OWN_BYTES / PAGE_SIZE).filter(|page| self.written >> page & 1 == 1) {
            self.bytes[page * PAGE_SIZE..][..PAGE_SIZE].fill(0);
        }
        self.written = 0;
    }
}
