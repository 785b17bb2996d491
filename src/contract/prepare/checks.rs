//! The selection of page checks in prepared code.

use crate::contract::access::Direction;

/// Which accesses to the storage memory are checked against the page table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checks {
    /// No access: the pager does not need to know which pages are touched.
    None,
    /// Bulk instructions only: the processor detects loads and stores.
    Bulk,
    /// All writes: every page is readable.
    Writes,
    /// Every access.
    All,
}

impl Checks {
    /// All selections.
    pub const KINDS: [Self; 4] = [Self::None, Self::Bulk, Self::Writes, Self::All];

    /// Returns true if loads, or with `Direction::Write` stores, are checked.
    pub(super) fn of_accesses(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => self == Self::All,
            Direction::Write => matches!(self, Self::All | Self::Writes),
        }
    }

    /// Returns true if the reads, or with `Direction::Write` the writes, of bulk instructions are checked.
    pub(super) fn of_bulk(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => matches!(self, Self::All | Self::Bulk),
            Direction::Write => self != Self::None,
        }
    }

    /// Returns a short name for the names of files.
    pub(in crate::contract) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bulk => "bulk",
            Self::Writes => "writes",
            Self::All => "all",
        }
    }
}
