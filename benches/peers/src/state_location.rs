//! The location of the state of an arm.

use crate::names::SQLITE;

/// The location of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateLocation {
    Memory,
    Disk,
}

impl StateLocation {
    pub const ALL: [Self; 2] = [Self::Memory, Self::Disk];

    /// The name of the table.
    pub fn section(self) -> &'static str {
        match self {
            Self::Memory => "state in memory",
            Self::Disk => "state on disk, not synced",
        }
    }

    /// The name of an arm with its state here.
    pub fn arm(self, name: &str) -> String {
        match (self, name) {
            (Self::Memory, _) => name.to_owned(),
            (Self::Disk, SQLITE) => format!("{name} on disk"),
            (Self::Disk, _) => format!("{name} on LMDB"),
        }
    }
}
