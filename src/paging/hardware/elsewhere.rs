//! Stand-ins for the hardware pagers on hosts other than Linux.

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
