//! What a host may lack: the mechanism of a pager, or an event that the lab counts.

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
