//! Which blocks a world tree has, and which of their slots an address goes through.

use std::fmt;

use crate::units::Address;

/// Bits of an address that a block consumes.
const BITS_PER_LEVEL: u32 = 4;

/// Slots of a block.
pub(super) const SLOTS: usize = 1 << BITS_PER_LEVEL;

/// Hexadecimal digits of an address, and so levels of blocks.
pub(super) const LEVELS: u8 = 40;

/// The digit of an address that selects a slot at a level.
pub(super) fn digit(address: &Address, level: u8) -> usize {
    usize::from(address.0[usize::from(level / 2)] >> (4 * (1 - level % 2)) & 0xf)
}

/// Which block of the world tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorldBlockId {
    level: u8,
    /// The first `level` digits of the addresses below, then zeros.
    prefix: Address,
}

impl WorldBlockId {
    /// The block that the root is worked out from.
    pub const TOP: Self = Self { level: 0, prefix: Address::ZERO };

    /// How many digits of an address lead to the block.
    pub(super) fn level(self) -> u8 {
        self.level
    }

    /// The block below a slot.
    pub(super) fn child(self, slot: usize) -> Self {
        let mut prefix = self.prefix;
        prefix.0[usize::from(self.level / 2)] |= (slot as u8) << (4 * (1 - self.level % 2));
        Self { level: self.level + 1, prefix }
    }

    /// The key of the block's record.
    pub fn key(self) -> [u8; 21] {
        let mut key = [self.level; 21];
        key[1..].copy_from_slice(self.prefix.as_bytes());
        key
    }

    /// The block that a key names; nothing for one that names none.
    pub(in crate::store) fn of_key(key: &[u8; 21]) -> Option<Self> {
        let (&level, prefix) = key.split_first()?;
        let id = Self { level, prefix: Address(prefix.try_into().ok()?) };
        let ends = (level..LEVELS).all(|level| digit(&id.prefix, level) == 0);
        (level < LEVELS && ends).then_some(id)
    }

    /// Whether an address lies below the block.
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
