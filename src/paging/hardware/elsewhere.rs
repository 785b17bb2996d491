//! Stand-ins for the hardware pagers on hosts other than Linux.

use std::io;
use std::sync::Arc;
#[cfg(feature = "lab")]
use std::time::Duration;

use super::super::availability::Unavailable;
#[cfg(feature = "lab")]
use super::super::kind::PagerKind;
#[cfg(feature = "lab")]
use super::super::page_table::Access;
use super::super::pager::Pager;
use super::super::reservation::Reservation;
#[cfg(feature = "lab")]
use crate::units::PageCount;
use crate::units::PageIndex;

/// The hardware pagers, none of which exist on this host.
#[derive(Debug)]
pub(in crate::paging) enum Hardware {}

impl Hardware {
    /// Returns why this host cannot run `sigsegv`.
    pub(in crate::paging) fn sigsegv() -> Result<&'static dyn Pager, Unavailable> {
        Err(only_linux())
    }

    /// Returns why this host cannot run `uffd`.
    pub(in crate::paging) fn uffd() -> Result<&'static dyn Pager, Unavailable> {
        Err(only_linux())
    }
}

/// The seal of an own memory, which no host but Linux has.
#[derive(Debug)]
pub(in crate::paging) enum Sealed {}

impl Sealed {
    pub(in crate::paging) fn new(_: &Arc<Reservation>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::paging) fn opened(&self) -> Opening {
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

fn only_linux() -> Unavailable {
    Unavailable::new("only Linux has its mechanism", "a host with Linux")
}

/// The bare mechanisms, none of which exist on this host.
#[cfg(feature = "lab")]
#[derive(Debug)]
pub(crate) enum Floor {}

#[cfg(feature = "lab")]
impl Floor {
    pub(crate) fn new(_: PagerKind, _: u32, _: PageCount) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn touch(&mut self, _: &[u32], _: &[Access]) -> io::Result<(Duration, u64)> {
        match *self {}
    }
}
