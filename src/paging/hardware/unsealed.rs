//! Stand-ins for the handling of own memories on hosts other than Linux.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::super::reservation::Reservation;
use crate::units::PageIndex;

/// Moves no pages: only Linux can.
///
/// # Safety
/// None is needed.
pub(in crate::paging) unsafe fn move_pages(_: *mut u8, _: *mut u8, _: usize) -> bool {
    false
}

/// The seal of an own memory, which no host but Linux has.
#[derive(Debug)]
pub(in crate::paging) enum Sealed {}

impl Sealed {
    pub(in crate::paging) fn new(_: &Arc<Reservation>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::paging) fn opened(&self) -> Option<Opening> {
        match *self {}
    }

    pub(in crate::paging) fn open_pages_of(&self, _: Range<u32>) -> io::Result<()> {
        match *self {}
    }

    pub(in crate::paging) fn open_pages(&self) -> u32 {
        match *self {}
    }

    pub(in crate::paging) fn pages(&self) -> std::iter::Empty<PageIndex> {
        match *self {}
    }

    pub(in crate::paging) fn close(&self) -> io::Result<()> {
        match *self {}
    }

    pub(in crate::paging) fn open_all(&self) {
        match *self {}
    }
}

/// Access to an own memory with a seal.
#[derive(Debug)]
pub(crate) enum Opening {}
