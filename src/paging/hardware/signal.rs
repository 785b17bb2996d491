//! The signals of hardware faults.

/// A signal of hardware faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGSEGV, for an access that the page's rights forbid.
    Segv,
    /// SIGBUS, for an access to a page that userfaultfd has not filled.
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
