//! What stands here where the host is not Linux.

#[cfg(feature = "lab")]
use std::io;
#[cfg(feature = "lab")]
use std::time::Duration;

use super::super::availability::Unavailable;
#[cfg(feature = "lab")]
use super::super::kind::PagerKind;
#[cfg(feature = "lab")]
use super::super::page_table::Access;
use super::super::pager::Pager;
#[cfg(feature = "lab")]
use crate::units::PageCount;

/// There are no such pagers.
#[derive(Debug)]
pub(in crate::paging) enum Hardware {}

impl Hardware {
    /// The pager `sigsegv`.
    pub(in crate::paging) fn sigsegv() -> Result<&'static dyn Pager, Unavailable> {
        Err(only_linux())
    }

    /// The pager `uffd`.
    pub(in crate::paging) fn uffd() -> Result<&'static dyn Pager, Unavailable> {
        Err(only_linux())
    }
}

fn only_linux() -> Unavailable {
    Unavailable::new("its mechanism is one of Linux", "a host with Linux")
}

/// There are no such mechanisms.
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
