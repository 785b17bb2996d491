//! The kinds of failure, across all layers.

use std::io;

/// Defines the kinds, so that each kind's meaning is written only once.
macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $Kind:ident = $name:literal,)+) => {
        /// The kind of a failure: a closed list, by which a program can decide how to react.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum FailureKind {
            $($(#[doc = $meaning])+ #[cfg_attr(feature = "serde", serde(rename = $name))] $Kind,)+
        }

        impl FailureKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$Kind),+];

            /// Returns the name in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)+
                }
            }

            /// Returns the meaning, in one line.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$Kind => concat!($($meaning),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

kinds! {
    /// the command line is wrong: an unknown option, a missing argument, text that is not an integer
    Usage = "usage",
    /// an input is not acceptable: an address, an argument, a balance, a file, an expectation
    Input = "input",
    /// a contract is refused, or does not do what was asked of it
    Contract = "contract",
    /// the directory is missing or not a store, or the store cannot do this
    Store = "store",
    /// stored bytes are not the bytes that were written
    Damaged = "damaged",
    /// another process has the store open for writing
    Locked = "locked",
    /// there is no space for a commit or a file, or no room for another reader
    Full = "full",
    /// the host refuses or lacks something: memory, a file, a pager; or vellum itself has a bug
    Host = "host",
    /// a signal asked the program to stop
    Interrupted = "interrupted",
}

impl FailureKind {
    /// Returns the kind of a failure on a file that the user has named. A missing file, or a path of another type, is a wrong
    /// input; most other failures are those of the host.
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
