//! The forms of a contract.

use std::fmt;

/// How a contract reaches its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Loads, stores and bulk instructions on the storage memory.
    Mapped,
    /// Host calls that copy whole records between storage and own memory.
    Slices,
    /// Loads and stores on a window: a copy in own memory that `ewasm.storageMap` makes and synchronises.
    Window,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Mapped, Self::Slices, Self::Window];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mapped => "mapped",
            Self::Slices => "slices",
            Self::Window => "window",
        })
    }
}
