//! A block of the world tree, in memory and as a record.
//!
//! ```text
//! key:     level 1 ‖ the first digits of the addresses below, then zeros, 20
//! record:  kinds of the slots u32 (bits 2i and 2i + 1: slot i; 0 empty, 1 an account, 2 a block)
//!          ‖ for each slot that is not empty: [address 20, if an account] ‖ hash 32 ‖ checksum u64
//! ```
//! A record has at most 844 bytes.

use super::block_id::{LEVELS, SLOTS, digit};
use super::nodes::Nodes;
use super::{Subtree, WorldBlockId};
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::hash::{NodeHash, ZERO_NODE};
use crate::units::Address;

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

    /// Returns a block with the slots of `nodes`.
    pub(super) fn of(id: WorldBlockId, nodes: &Nodes) -> Self {
        Self { id, slots: nodes.slots() }
    }

    /// Returns the block's name.
    pub fn id(&self) -> WorldBlockId {
        self.id
    }

    /// Returns whether all slots are empty. An empty block is not stored.
    pub fn is_empty(&self) -> bool {
        self.slots == [Subtree::Empty; SLOTS]
    }

    pub(in crate::store) fn slots(&self) -> &[Subtree; SLOTS] {
        &self.slots
    }

    /// Computes the nodes over its slots.
    pub(super) fn nodes(&self) -> Nodes {
        Nodes::over(&self.slots)
    }

    /// Encodes the block as a record.
    pub fn encode(&self) -> Vec<u8> {
        let mut kinds = 0_u32;
        let mut slots = Writer::new();
        for (i, slot) in self.slots.iter().enumerate() {
            match slot {
                Subtree::Empty => {}
                Subtree::Account(address, leaf) => {
                    kinds |= 1 << (2 * i);
                    slots.raw(address.as_bytes()).raw(leaf);
                }
                Subtree::Node(hash) => {
                    kinds |= 2 << (2 * i);
                    slots.raw(hash);
                }
            }
        }
        Writer::new().raw(&kinds.to_le_bytes()).raw(&slots.finish()).seal(&self.id.key())
    }

    /// Decodes a record. Refuses any record that [`encode`](Self::encode) does not produce for a block of that name.
    pub fn decode(id: WorldBlockId, record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(&id.key(), record)?);
        let kinds = u32::from_le_bytes(reader.array()?);
        let mut block = Self::empty(id);
        for i in 0..SLOTS {
            block.slots[i] = match kinds >> (2 * i) & 3 {
                0 => Subtree::Empty,
                1 => Subtree::Account(Address(reader.array()?), hash(&mut reader)?),
                2 if id.level() + 1 < LEVELS => Subtree::Node(hash(&mut reader)?),
                _ => return Err(DecodeError::Invalid("kind of slot")),
            };
            if let Subtree::Account(address, _) = &block.slots[i]
                && !(id.covers(address) && digit(address, id.level()) == i)
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
