//! One block of the world tree, in memory and as a record.
//!
//! ```text
//! key:     level 1 ‖ the first digits of the addresses below, then zeros, 20
//! record:  what the slots hold u32 (bits 2i and 2i + 1: slot i; 0 nothing, 1 an account, 2 a block)
//!          ‖ for each slot that is not empty: [address 20, if an account] ‖ hash 32 ‖ checksum u64
//! ```
//! At most 844 bytes.

use std::fmt;

use super::nodes::Nodes;
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::hash::{NodeHash, ZERO_NODE, world_node};
use crate::units::Address;

/// Bits of an address that a block consumes.
pub(super) const BITS_PER_LEVEL: u32 = 4;

/// Slots of a block.
pub(super) const SLOTS: usize = 1 << BITS_PER_LEVEL;

/// Hexadecimal digits of an address, and so levels of blocks.
const LEVELS: u8 = 40;

/// The digit of an address that selects a slot at a level.
pub(super) fn digit(address: &Address, level: u8) -> usize {
    usize::from(address.0[usize::from(level / 2)] >> (4 * (1 - level % 2)) & 0xf)
}

/// What lies below a place of the world tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subtree {
    /// No account.
    #[default]
    Empty,
    /// One account, and the hash of all that is recorded of it.
    Account(Address, [u8; 32]),
    /// Two accounts or more, by the hash over them.
    Node([u8; 32]),
}

impl Subtree {
    /// What the subtree hashes to.
    pub fn hash(&self) -> [u8; 32] {
        match *self {
            Self::Empty => ZERO_NODE,
            Self::Account(_, hash) | Self::Node(hash) => hash,
        }
    }

    /// The subtree of two: an account that is alone passes up as it is.
    pub(super) fn join(left: &Self, right: &Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (Self::Empty, alone @ Self::Account(..)) | (alone @ Self::Account(..), Self::Empty) => *alone,
            _ => Self::Node(world_node(&left.hash(), &right.hash())),
        }
    }
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
    fn covers(self, address: &Address) -> bool {
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

/// Four levels of the world tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldBlock {
    id: WorldBlockId,
    slots: [Subtree; SLOTS],
}

impl WorldBlock {
    pub(super) fn empty(id: WorldBlockId) -> Self {
        Self { id, slots: [Subtree::Empty; SLOTS] }
    }

    /// The block of that name with these nodes.
    pub(super) fn of(id: WorldBlockId, nodes: &Nodes) -> Self {
        Self { id, slots: nodes.slots() }
    }

    /// Which block it is.
    pub fn id(&self) -> WorldBlockId {
        self.id
    }

    /// Whether nothing lies below it; then it is not stored.
    pub fn is_empty(&self) -> bool {
        self.slots == [Subtree::Empty; SLOTS]
    }

    pub(in crate::store) fn slots(&self) -> &[Subtree; SLOTS] {
        &self.slots
    }

    /// The nodes over its slots.
    pub(super) fn nodes(&self) -> Nodes {
        Nodes::over(&self.slots)
    }

    /// The block as a record.
    pub fn encode(&self) -> Vec<u8> {
        let mut held = 0_u32;
        let mut slots = Writer::new();
        for (i, slot) in self.slots.iter().enumerate() {
            match slot {
                Subtree::Empty => {}
                Subtree::Account(address, leaf) => {
                    held |= 1 << (2 * i);
                    slots.raw(address.as_bytes()).raw(leaf);
                }
                Subtree::Node(hash) => {
                    held |= 2 << (2 * i);
                    slots.raw(hash);
                }
            }
        }
        Writer::new().raw(&held.to_le_bytes()).raw(&slots.finish()).seal(&self.id.key())
    }

    /// Takes a record apart. It is refused unless it is what [`encode`](Self::encode) makes of a block of that name.
    pub fn decode(id: WorldBlockId, record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(&id.key(), record)?);
        let held = u32::from_le_bytes(reader.array()?);
        let mut block = Self::empty(id);
        for i in 0..SLOTS {
            block.slots[i] = match held >> (2 * i) & 3 {
                0 => Subtree::Empty,
                1 => Subtree::Account(Address(reader.array()?), hash(&mut reader)?),
                2 if id.level + 1 < LEVELS => Subtree::Node(hash(&mut reader)?),
                _ => return Err(DecodeError::Invalid("kind of slot")),
            };
            if let Subtree::Account(address, _) = &block.slots[i]
                && !(id.covers(address) && digit(address, id.level) == i)
            {
                return Err(DecodeError::Invalid("address"));
            }
        }
        reader.finish()?;
        let accounts = block.slots.iter().filter(|slot| matches!(slot, Subtree::Account(..))).count();
        let blocks = block.slots.iter().filter(|slot| matches!(slot, Subtree::Node(_))).count();
        let least = if id == WorldBlockId::TOP { 1 } else { 2 };
        if accounts + 2 * blocks < least { Err(DecodeError::Invalid("number of accounts")) } else { Ok(block) }
    }
}

fn hash(reader: &mut Reader<'_>) -> Result<NodeHash, DecodeError> {
    match reader.array()? {
        ZERO_NODE => Err(DecodeError::Invalid("hash")),
        hash => Ok(hash),
    }
}
