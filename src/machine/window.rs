//! One window.

use std::ops::Range;

use crate::units::{PAGE_SIZE, PageIndex};

/// A copy of a range of storage in own memory.
#[derive(Debug)]
pub(super) struct Window {
    /// Its range of own memory.
    pub(super) memory: Range<u64>,
    /// Its range of storage.
    pub(super) storage: Range<u64>,
    /// The bytes of storage when the window was last synchronised.
    pub(super) synced: Vec<u8>,
}

impl Window {
    /// Its pages: the offset of each in the window, and its index in storage.
    pub(super) fn pages(&self) -> impl Iterator<Item = (usize, PageIndex)> + use<> {
        let first = (self.storage.start / PAGE_SIZE as u64) as u32;
        (0..self.synced.len() / PAGE_SIZE).map(move |page| (page * PAGE_SIZE, PageIndex(first + page as u32)))
    }
}
