//! Names of world tree blocks, and the slots on the path of an address.

use std::fmt;

use crate::units::Address;

/// Number of bits of an address that a block consumes.
const BITS_PER_LEVEL: u32 = 4;

/// Number of slots of a block.
pub(super) const SLOTS: usize = 1 << BITS_PER_LEVEL;

/// Number of levels of blocks: one for each hexadecimal digit of an address.
pub(super) const LEVELS: u8 = 40;

/// Returns the digit of an address that selects the slot at a level.
pub(super) fn digit(address: &Address, level: u8) -> usize {
    usize::from(address.0[usize::from(level / 2)] >> (4 * (1 - level % 2)) & 0xf)
}

/// The name of a world tree block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorldBlockId {
    level: u8,
    /// The first `level` digits of the addresses below, then zeros.
    prefix: Address,
}

impl WorldBlockId {
    /// The block whose root is the world root.
    pub const TOP: Self = Self { level: 0, prefix: Address::ZERO };

    /// Returns the number of address digits that lead to the block.
    pub(super) fn level(self) -> u8 {
        self.level
    }

    /// Returns the block below a slot.
    pub(super) fn child(self, slot: usize) -> Self {
        let mut prefix = self.prefix;
        prefix.0[usize::from(self.level / 2)] |= (slot as u8) << (4 * (1 - self.level % 2));
        Self { level: self.level + 1, prefix }
    }

    /// Returns the key of the block's record.
    pub fn key(self) -> [u8; 21] {
        let mut key = [self.level; 21];
        key[1..].copy_from_slice(self.prefix.as_bytes());
        key
    }

    /// Returns the block that a key names, or `None` if the key is invalid.
    pub(in crate::store) fn of_key(key: &[u8; 21]) -> Option<Self> {
        let (&level, prefix) = key.split_first()?;
        let id = Self { level, prefix: Address(prefix.try_into().ok()?) };
        let ends = (level..LEVELS).all(|level| digit(&id.prefix, level) == 0);
        (level < LEVELS && ends).then_some(id)
    }

    /// Returns whether an address lies below the block.
    pub(super) fn covers(self, address: &Address) -> bool {
        (0..self.level).all(|level| digit(address, level) == digit(&self.prefix, level))
    }
}

impl fmt::Display for WorldBlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = const_hex::encode(self.prefix.as_bytes());
        write!(f, "of the addresses 0x{}…", &digits[..usize::from(self.level)])
    }
}

impl fmt::Debug for WorldBlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorldBlockId({self})")
    }
}
