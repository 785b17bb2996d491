//! The signals that faults come as.

/// A signal that faults come as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// An access that the page's rights forbid.
    Segv,
    /// An access to a page that userfaultfd has not been given.
    Bus,
}

impl Signal {
    pub(super) fn number(self) -> libc::c_int {
        match self {
            Self::Segv => libc::SIGSEGV,
            Self::Bus => libc::SIGBUS,
        }
    }
}
