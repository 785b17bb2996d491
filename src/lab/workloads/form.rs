//! The ways in which a contract reaches its storage.

use std::fmt;

/// The way in which a contract reaches its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Loads, stores and bulk instructions on the storage memory.
    Mapped,
    /// Copies between storage and own memory by host calls, whole records at once.
    Slices,
    /// Loads and stores on a copy in own memory that `ewasm.storageMap` makes and brings back.
    Window,
}

impl Form {
    /// All of them.
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
