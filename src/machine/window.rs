//! A window of a call.

use std::ops::Range;

use crate::units::{PAGE_SIZE, PageIndex};

/// A range of storage in own memory.
#[derive(Debug)]
pub(super) struct Window {
    /// Bytes of own memory.
    pub(super) memory: Range<u64>,
    /// Bytes of storage.
    pub(super) storage: Range<u64>,
    /// What was last copied in.
    pub(super) taken: Vec<u8>,
}

impl Window {
    /// Each of its pages: where in the window it begins, and which one of storage it is.
    pub(super) fn pages(&self) -> impl Iterator<Item = (usize, PageIndex)> + use<> {
        let first = (self.storage.start / PAGE_SIZE as u64) as u32;
        (0..self.taken.len() / PAGE_SIZE).map(move |page| (page * PAGE_SIZE, PageIndex(first + page as u32)))
    }
}
