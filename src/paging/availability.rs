//! What a host may lack: the mechanism of a pager, or an event that the lab counts.

use std::io;

use crate::host;
use crate::units::PAGE_SIZE;

/// A pager that this host cannot run, or an event that it cannot count: the reason, and how to enable it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; what would enable it: {remedy}")]
#[non_exhaustive]
pub struct Unavailable {
    /// What the host lacks or refuses.
    pub reason: String,
    /// A command or a requirement that would enable it, in one line.
    pub remedy: String,
}

impl Unavailable {
    pub(crate) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }

    /// Returns the reason if an error is that of a process, or a host, that has no file descriptor left.
    pub(crate) fn for_lack_of_descriptors(error: &io::Error) -> Option<Self> {
        let reason = host::lack_of_descriptors(error)?;
        Some(Self::new(reason, "a higher limit to open files (ulimit -n), or fewer open files"))
    }
}

/// Checks that the host's pages have the size of storage pages: the kernel sets rights by host page.
pub(super) fn host_page() -> Result<(), Unavailable> {
    match rustix::param::page_size() {
        PAGE_SIZE => Ok(()),
        size => Err(Unavailable::new(
            format!("the pages of this host have {size} bytes, those of storage have {PAGE_SIZE}"),
            "a kernel with pages of 4 KiB",
        )),
    }
}
