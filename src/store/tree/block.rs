//! One block of the tree, in memory and as a record.
//!
//! ```text
//! record:  leaves present u16 (bit i: leaf i) ‖ the nodes that are not zero, 32 bytes each, in heap order ‖ checksum u64
//! heap:    1 = root (not stored), 2 3 / 4 … 7 / 8 … 15 = inner nodes, 16 … 31 = leaves; the children of i are 2i, 2i + 1
//! ```
//! At most 970 bytes.

use std::fmt;

use super::leaf::Before;
use super::{BlockId, LEAVES, Leaf};
use crate::store::codec::{self, CHECKSUM_BYTES, DecodeError, Reader, Writer};
use crate::store::hash::{NodeHash, ZERO_NODE, node};

/// The nodes of a block.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Block {
    pub(in crate::store) id: BlockId,
    leaves: u16,
    /// In heap order; 0 is not used, and 1, the root, only between a change and the parent's.
    nodes: [NodeHash; 2 * LEAVES],
}

impl Block {
    pub(in crate::store) fn empty(id: BlockId) -> Self {
        Self { id, leaves: 0, nodes: [ZERO_NODE; 2 * LEAVES] }
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.leaves == 0
    }

    pub(super) fn has_leaf(&self, leaf: usize) -> bool {
        self.leaves >> leaf & 1 == 1
    }

    /// The hash of the whole block, worked out from its topmost nodes.
    pub(in crate::store) fn root(&self) -> NodeHash {
        node(&self.nodes[2], &self.nodes[3])
    }

    /// The leaf that a block of the lowest level is to those above it.
    pub(in crate::store) fn as_leaf(&self) -> Leaf {
        Leaf { index: self.id.index, hash: self.root(), before: Before::Unknown }
    }

    /// The node so many levels below the block's root that is above, or at, a place in its own level of the whole tree.
    pub(super) fn node(&self, height: u32, place: u32) -> &NodeHash {
        let nodes = 1 << height;
        &self.nodes[nodes + place as usize % nodes]
    }

    /// Replaces leaves and hashes every node above them once. Returns the new root.
    pub(super) fn replace(&mut self, leaves: &[Leaf]) -> NodeHash {
        let mut changed = 0u32;
        for leaf in leaves {
            let at = leaf.index as usize % LEAVES;
            let bit = 1 << at;
            self.leaves = if leaf.hash == ZERO_NODE { self.leaves & !bit } else { self.leaves | bit };
            self.nodes[LEAVES + at] = leaf.hash;
            changed |= 1 << ((LEAVES + at) / 2);
        }
        for i in (1..LEAVES).rev() {
            if changed >> i & 1 == 1 {
                self.nodes[i] = node(&self.nodes[2 * i], &self.nodes[2 * i + 1]);
                changed |= 1 << (i / 2);
            }
        }
        std::mem::replace(&mut self.nodes[1], ZERO_NODE)
    }

    /// Which nodes are not zero: bit i for node i.
    fn occupied(leaves: u16) -> u32 {
        let mut nodes = u32::from(leaves) << LEAVES;
        for i in (2..LEAVES).rev() {
            nodes |= u32::from(nodes >> (2 * i) & 3 != 0) << i;
        }
        nodes
    }

    pub(in crate::store) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let occupied = Self::occupied(self.leaves);
        let mut writer =
            Writer::with_capacity(2 + occupied.count_ones() as usize * size_of::<NodeHash>() + CHECKSUM_BYTES);
        writer.u16(self.leaves);
        for (i, node) in self.nodes.iter().enumerate() {
            if occupied >> i & 1 == 1 {
                writer.raw(node);
            }
        }
        writer.seal(key)
    }

    /// Fills an empty block from its record.
    pub(in crate::store) fn decode(&mut self, key: &[u8], record: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let leaves = reader.u16()?;
        if leaves == 0 {
            return Err(DecodeError::Invalid("set of leaves"));
        }
        let mut occupied = Self::occupied(leaves);
        while occupied != 0 {
            self.nodes[occupied.trailing_zeros() as usize] = reader.array()?;
            occupied &= occupied - 1;
        }
        self.leaves = leaves;
        reader.finish()
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, leaves {:016b})", self.id, self.leaves)
    }
}
