//! A call's own memory, which is used again.

use std::ops::{Deref, Range};

use crate::fuzzing::script::OWN_BYTES;
use crate::units::PAGE_SIZE;

/// All zeros but for what was written.
#[derive(Debug)]
pub(in crate::fuzzing) struct OwnMemory {
    bytes: Vec<u8>,
    /// A bit for each page that was written.
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
    /// Bytes to be written.
    pub(super) fn write(&mut self, range: Range<usize>) -> &mut [u8] {
        if !range.is_empty() {
            (range.start / PAGE_SIZE..=(range.end - 1) / PAGE_SIZE).for_each(|page| self.written |= 1 << page);
        }
        &mut self.bytes[range]
    }

    /// Makes it all zeros again.
    pub(super) fn clear(&mut self) {
        for page in (0..OWN_BYTES / PAGE_SIZE).filter(|page| self.written >> page & 1 == 1) {
            self.bytes[page * PAGE_SIZE..][..PAGE_SIZE].fill(0);
        }
        self.written = 0;
    }
}
