//! Names of tree blocks.

use std::fmt;

use crate::units::PageIndex;

/// Number of levels of blocks.
pub(in crate::store) const LEVELS: u8 = 5;

/// Number of bits of a page index that one level of blocks consumes.
pub(in crate::store) const BITS_PER_LEVEL: u32 = 4;

/// Number of leaves of a block.
pub(in crate::store) const LEAVES: usize = 1 << BITS_PER_LEVEL;

/// The name of a tree block: its level and its index in that level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockId {
    pub(in crate::store) level: u8,
    pub(in crate::store) index: u32,
}

impl BlockId {
    /// Returns the block that contains the top node of a tree of this depth.
    pub(in crate::store) fn top(depth: u32) -> Self {
        Self { level: LEVELS - depth.div_ceil(BITS_PER_LEVEL).clamp(1, u32::from(LEVELS)) as u8, index: 0 }
    }

    /// Returns a block's name, or `None` if no such block exists.
    pub(in crate::store) fn new(level: u8, index: u32) -> Option<Self> {
        (level < LEVELS && index < 1 << (BITS_PER_LEVEL * u32::from(level))).then_some(Self { level, index })
    }

    /// Returns the block of a group of sixteen pages.
    pub(in crate::store) fn of_group(group: u16) -> Self {
        Self { level: LEVELS - 1, index: u32::from(group) }
    }

    /// Returns the block of the group of a page.
    pub(in crate::store) fn of_page(page: PageIndex) -> Self {
        Self { level: LEVELS - 1, index: page.0 >> BITS_PER_LEVEL }
    }

    /// Returns the group of a lowest-level block; `None` for any other block.
    pub(in crate::store) fn group(self) -> Option<u16> {
        if self.level + 1 == LEVELS { u16::try_from(self.index).ok() } else { None }
    }

    /// Returns the height of its leaves above the pages.
    pub(in crate::store) fn height(self) -> u32 {
        BITS_PER_LEVEL * u32::from(LEVELS - 1 - self.level)
    }

    /// Returns the first page below it.
    pub(in crate::store) fn first_page(self) -> u32 {
        self.index << (self.height() + BITS_PER_LEVEL)
    }

    /// Returns the blocks above it in a tree of this depth, from the lowest to the top.
    pub(in crate::store) fn above(self, depth: u32) -> impl Iterator<Item = Self> {
        let top = Self::top(depth).level;
        let level_above = |id: &Self| Some(Self { level: id.level.checked_sub(1)?, index: id.index >> BITS_PER_LEVEL });
        std::iter::successors(Some(self), level_above).skip(1).take_while(move |id| id.level >= top)
    }

    /// Returns a unique number below 2^20: blocks are numbered level by level.
    pub(in crate::store) fn ordinal(self) -> u32 {
        let blocks_above = ((1 << (BITS_PER_LEVEL * u32::from(self.level))) - 1) / (LEAVES as u32 - 1);
        blocks_above + self.index
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at level {}", self.index, self.level)
    }
}
