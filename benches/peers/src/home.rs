//! Where the state of an arm is.

use crate::names::SQLITE;

/// Where the state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    Memory,
    Disk,
}

impl Home {
    pub const ALL: [Self; 2] = [Self::Memory, Self::Disk];

    /// The table.
    pub fn section(self) -> &'static str {
        match self {
            Self::Memory => "state in memory",
            Self::Disk => "state on disk, not synced",
        }
    }

    /// What an arm is called whose state is here.
    pub fn arm(self, name: &str) -> String {
        match (self, name) {
            (Self::Memory, _) => name.to_owned(),
            (Self::Disk, SQLITE) => format!("{name} on disk"),
            (Self::Disk, _) => format!("{name} on LMDB"),
        }
    }
}
