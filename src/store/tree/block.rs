//! A tree block, in memory and as a record.
//!
//! ```text
//! record:  nodes present u32 (bit i: node i) ‖ those nodes, 32 bytes each, in heap order ‖ checksum u64
//! heap:    1 = root (not stored), 2 3 / 4 … 7 / 8 … 15 = inner nodes, 16 … 31 = leaves; the children of i are 2i, 2i + 1
//! ```
//! A record has at most 972 bytes. A node is present if and only if one of its children is, except on the **spine**: nodes 8, 4,
//! 2 and 1 of a leftmost block, which are the nodes above page 0. Spine nodes above the top of the tree are neither hashed nor
//! present.

use std::fmt;

use super::leaf::Before;
use super::{BITS_PER_LEVEL, BlockId, LEAVES, Leaf};
use crate::store::codec::{self, CHECKSUM_BYTES, DecodeError, Reader, Writer};
use crate::store::hash::{NodeCollector, NodeHash, ZERO_NODE, node};

/// A tree block: its nodes.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Block {
    pub(in crate::store) id: BlockId,
    /// Bit i for node i.
    present: u32,
    /// In heap order; 0 is not used, and 1, the root, is zero.
    nodes: [NodeHash; 2 * LEAVES],
}

/// The depths of a tree before and after a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rise {
    pub(super) before: u32,
    pub(super) after: u32,
}

/// Hashes the nodes of blocks whose leaves were replaced. `changed` has the nodes of each, as [`Block::replace_leaves`] returned
/// them. The nodes of one depth of all blocks are hashed together.
pub(super) fn hash_nodes(blocks: &mut [Block], changed: &[u32], rise: Rise) {
    if let ([block], [changed]) = (&mut *blocks, changed) {
        block.hash_nodes(*changed, rise);
        return;
    }
    let mut hashes = NodeCollector::new();
    for depth in (0..BITS_PER_LEVEL).rev() {
        for (at, changed) in changed.iter().enumerate().take(blocks.len()) {
            for i in (1 << depth..2 << depth).filter(|i| changed >> i & 1 == 1) {
                match blocks[at].children(i, rise) {
                    Some([left, right]) => hashes.add((at, i), [&left, &right], put_into(blocks)),
                    None => blocks[at].set(i, ZERO_NODE),
                }
            }
        }
        hashes.flush(put_into(blocks));
    }
}

fn put_into(blocks: &mut [Block]) -> impl FnMut((usize, usize), NodeHash) {
    |(at, node), hash| blocks[at].set(node, hash)
}

impl Block {
    pub(in crate::store) fn empty(id: BlockId) -> Self {
        Self { id, present: 0, nodes: [ZERO_NODE; 2 * LEAVES] }
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.present == 0
    }

    pub(super) fn has_leaf(&self, leaf: usize) -> bool {
        self.present >> (LEAVES + leaf) & 1 == 1
    }

    /// Returns the last leaf that is not zero.
    pub(super) fn last_leaf(&self) -> Option<u32> {
        (self.present >> LEAVES).checked_ilog2()
    }

    /// Returns the leaf of this lowest-level block in the block above it.
    pub(in crate::store) fn as_leaf(&self) -> Leaf {
        Leaf { index: self.id.index, hash: self.spine_node(BITS_PER_LEVEL), before: Before::Unknown }
    }

    /// Returns the first node at a height above the leaves. In a leftmost block it is a spine node.
    pub(super) fn spine_node(&self, height: u32) -> NodeHash {
        match LEAVES >> height {
            1 => node(&self.nodes[2], &self.nodes[3]),
            i => self.nodes[i],
        }
    }

    /// Returns a node by its height above the leaves and its index among all nodes of that height in the whole tree. The height is
    /// below that of the root.
    pub(super) fn node(&self, height: u32, place: u32) -> &NodeHash {
        let nodes = LEAVES >> height;
        &self.nodes[nodes + place as usize % nodes]
    }

    /// Replaces leaves. Returns the nodes above them: bit i for node i.
    pub(super) fn replace_leaves(&mut self, leaves: &[Leaf], rise: Rise) -> u32 {
        let mut changed = 0u32;
        for leaf in leaves {
            let at = LEAVES + leaf.index as usize % LEAVES;
            self.set(at, leaf.hash);
            changed |= 1 << (at / 2);
        }
        for i in (1..LEAVES).rev() {
            let joins_spine = self.is_spine(i) && self.height_of(i) > rise.before;
            if changed >> i & 1 == 1 || joins_spine {
                changed |= 1 << i | 1 << (i / 2);
            }
        }
        changed
    }

    /// Hashes the nodes above replaced leaves, one after another.
    fn hash_nodes(&mut self, changed: u32, rise: Rise) {
        for i in (1..LEAVES).rev().filter(|i| changed >> i & 1 == 1) {
            let hash = self.children(i, rise).map_or(ZERO_NODE, |[left, right]| node(&left, &right));
            self.set(i, hash);
        }
    }

    /// Returns the children of a node, or `None` if it is a spine node above the top of the tree.
    fn children(&self, node: usize, rise: Rise) -> Option<[NodeHash; 2]> {
        let is_above_top = self.is_spine(node) && self.height_of(node) > rise.after;
        (!is_above_top).then(|| [self.nodes[2 * node], self.nodes[2 * node + 1]])
    }

    /// Returns the block's root, and takes it out of the block; zero if it is above the top of the tree.
    pub(super) fn take_root(&mut self) -> NodeHash {
        let root = self.nodes[1];
        self.set(1, ZERO_NODE);
        root
    }

    fn is_spine(&self, node: usize) -> bool {
        self.id.index == 0 && node.is_power_of_two()
    }

    /// Returns the height of a node above the pages.
    fn height_of(&self, node: usize) -> u32 {
        self.id.height() + BITS_PER_LEVEL - node.ilog2()
    }

    /// Removes the spine nodes above the top of a tree of this depth.
    pub(super) fn cut_spine(&mut self, depth: u32) {
        let base = self.id.height();
        for height in (1..BITS_PER_LEVEL).filter(|height| base + height > depth) {
            self.set(LEAVES >> height, ZERO_NODE);
        }
    }

    fn set(&mut self, i: usize, hash: NodeHash) {
        self.nodes[i] = hash;
        self.present = if hash == ZERO_NODE { self.present & !(1 << i) } else { self.present | 1 << i };
    }

    /// Returns whether `present` is a possible set of present nodes of this block.
    fn can_have(&self, present: u32) -> bool {
        let has = |i: usize| present >> i & 1 == 1;
        let is_above_top = |i: usize| {
            let above_is_absent = if i == 2 { !has(3) } else { !has(i / 2) };
            self.id.index == 0 && i.is_power_of_two() && !has(i) && !has(2 * i + 1) && above_is_absent
        };
        let is_valid = |i: usize| has(i) == (has(2 * i) || has(2 * i + 1)) || is_above_top(i);
        present & 0b11 == 0 && present >> LEAVES != 0 && (2..LEAVES).all(is_valid)
    }

    pub(in crate::store) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let nodes = self.present.count_ones() as usize * size_of::<NodeHash>();
        let mut writer = Writer::with_capacity(size_of::<u32>() + nodes + CHECKSUM_BYTES);
        writer.u32(self.present);
        for (i, node) in self.nodes.iter().enumerate() {
            if self.present >> i & 1 == 1 {
                writer.raw(node);
            }
        }
        writer.seal(key)
    }

    /// Returns the leaves of a record, one bit each, without verifying its checksum. Allocates nothing.
    pub(in crate::store) fn leaves_of(record: &[u8]) -> Result<u16, DecodeError> {
        Ok((Reader::new(record).u32()? >> LEAVES) as u16)
    }

    /// Decodes a record into an empty block.
    pub(in crate::store) fn decode(&mut self, key: &[u8], record: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let present = reader.u32()?;
        if !self.can_have(present) {
            return Err(DecodeError::Invalid("set of nodes"));
        }
        let mut rest = present;
        while rest != 0 {
            self.nodes[rest.trailing_zeros() as usize] = reader.array()?;
            rest &= rest - 1;
        }
        self.present = present;
        reader.finish()
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, leaves {:016b})", self.id, self.present >> LEAVES)
    }
}
