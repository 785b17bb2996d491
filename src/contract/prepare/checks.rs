//! How many checks prepared code has.

use crate::contract::access::Direction;

/// Which accesses to the storage memory are checked against the page table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checks {
    /// None: nobody has to know which pages are touched.
    None,
    /// Bulk instructions only: the processor notices loads and stores.
    Bulk,
    /// Whatever writes: all pages can be read.
    Writes,
    /// Every one.
    All,
}

impl Checks {
    /// All kinds.
    pub const KINDS: [Self; 4] = [Self::None, Self::Bulk, Self::Writes, Self::All];

    /// Whether a load, or with `Direction::Write` a store, is checked.
    pub(super) fn of_accesses(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => self == Self::All,
            Direction::Write => matches!(self, Self::All | Self::Writes),
        }
    }

    /// Whether what a bulk instruction reads, or with `Direction::Write` what it writes, is checked.
    pub(super) fn of_bulk(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => matches!(self, Self::All | Self::Bulk),
            Direction::Write => self != Self::None,
        }
    }

    /// A short name for files.
    pub(in crate::contract) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bulk => "bulk",
            Self::Writes => "writes",
            Self::All => "all",
        }
    }
}
