//! What failures are about, whichever layer they come from.

use std::io;

/// Defines the list, so that each kind's meaning is told in one place.
macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $Kind:ident = $name:literal,)+) => {
        /// What a failure is about: a closed list, by which a program can decide what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum FailureKind {
            $($(#[doc = $meaning])+ #[cfg_attr(feature = "serde", serde(rename = $name))] $Kind,)+
        }

        impl FailureKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Kind),+];

            /// Its name in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)+
                }
            }

            /// What it is about, in a line.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$Kind => concat!($($meaning),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

kinds! {
    /// the program was called wrongly: an unknown option, a missing argument, text that is no integer
    Usage = "usage",
    /// what was given does not fit: an address, an argument, a balance, a file, an expectation
    Input = "input",
    /// a contract is refused, or does not do what was asked of it
    Contract = "contract",
    /// the store is not there, is none, or cannot do this
    Store = "store",
    /// what the store holds is not what was written
    Damaged = "damaged",
    /// another process has the store open for writing
    Locked = "locked",
    /// there is no space for a commit or a file, or no room for another reader
    Full = "full",
    /// the host refuses or lacks something: memory, a file, a pager; or it is a fault of vellum's own
    Host = "host",
    /// a signal asked the program to stop
    Interrupted = "interrupted",
}

impl FailureKind {
    /// What the failure of a file is about that somebody has named: one that is not there, or is something else, was named
    /// wrongly; for the rest the host answers.
    pub fn of_file(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidFilename => Self::Input,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::Full,
            _ => Self::Host,
        }
    }
}
