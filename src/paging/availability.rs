//! Whether this host can run a pager, or has something else that not every host has.

use crate::units::PAGE_SIZE;

/// Why this host cannot run a pager or count an event, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; what would enable it: {remedy}")]
#[non_exhaustive]
pub struct Unavailable {
    /// What is lacking.
    pub reason: String,
    /// One line: a command, or what to look for.
    pub remedy: String,
}

impl Unavailable {
    pub(crate) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }
}

/// Rights are given by the host's page, and kept for ours.
pub(super) fn host_page() -> Result<(), Unavailable> {
    match rustix::param::page_size() {
        PAGE_SIZE => Ok(()),
        size => Err(Unavailable::new(
            format!("the host gives rights to pages of {size} bytes, storage has pages of {PAGE_SIZE}"),
            "a kernel with pages of 4 KiB",
        )),
    }
}
