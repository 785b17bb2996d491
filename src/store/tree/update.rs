//! The changed blocks of a tree, and the interface to read the others.

use std::cmp::Reverse;

use super::{BITS_PER_LEVEL, Block, BlockId, LEVELS};
use crate::store::codec::DecodeError;
use crate::store::hash::{self, NodeHash, ZERO_NODE};
use crate::store::{Record, StoreError};
use crate::units::StateRoot;

/// Reads the blocks of one contract's tree.
pub(in crate::store) trait BlockReader {
    /// Returns the depth of the tree; 0 for a tree without pages.
    fn depth(&self) -> u32;

    /// Reads the block with the name of `block`, which is empty, and stays empty if the block is not stored.
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError>;

    /// Returns the error of a damaged block.
    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError;
}

/// A tree without pages.
pub(in crate::store) struct NoBlocks;

impl BlockReader for NoBlocks {
    fn depth(&self) -> u32 {
        0
    }

    fn read_block(&self, _: &mut Block) -> Result<(), StoreError> {
        Ok(())
    }

    fn damaged(&self, _: BlockId, problem: DecodeError) -> StoreError {
        Record::Table("tree blocks").damaged(problem)
    }
}

/// The changed blocks of a tree, and its new root.
#[derive(Debug, Clone, Default)]
pub struct TreeUpdate {
    root: StateRoot,
    depth: u32,
    top: NodeHash,
    /// In the [`order`] of blocks: the lowest level first, and ascending within a level.
    blocks: Vec<Block>,
}

impl TreeUpdate {
    /// Creates an update from the depth, the top node and the changed blocks.
    pub(super) fn new(depth: u32, top: NodeHash, blocks: Vec<Block>) -> Self {
        Self { root: hash::state_root(depth, &top), depth, top, blocks }
    }

    /// Returns the state root; zero if the tree has no pages.
    pub fn root(&self) -> StateRoot {
        self.root
    }

    /// Returns the depth of the tree: the smallest number for which all non-zero pages have indexes below 2^depth.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Returns a node by its height above the pages and its index at that height. Its parent must lie in a changed block; otherwise
    /// returns `None`.
    pub(crate) fn node(&self, height: u32, place: u32) -> Option<&NodeHash> {
        if height >= self.depth {
            return Some(if (height, place) == (self.depth, 0) { &self.top } else { &ZERO_NODE });
        }
        let level = LEVELS - 1 - (height / BITS_PER_LEVEL) as u8;
        let height = height % BITS_PER_LEVEL;
        Some(self.find(BlockId { level, index: place >> (BITS_PER_LEVEL - height) })?.node(height, place))
    }

    /// Returns every block with a changed node. Empty ones are to be deleted.
    pub(in crate::store) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns whether no block differs from the recorded one.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(in crate::store) fn find(&self, id: BlockId) -> Option<&Block> {
        let at = self.blocks.binary_search_by_key(&order(id), |block| order(block.id)).ok()?;
        self.blocks.get(at)
    }

    /// Merges these changes with later ones that were computed over them.
    pub(super) fn followed_by(self, later: Self) -> Self {
        if self.blocks.is_empty() {
            return later;
        }
        let mut blocks = self.blocks;
        let count = blocks.len();
        for block in later.blocks {
            match blocks[..count].binary_search_by_key(&order(block.id), |block| order(block.id)) {
                Ok(at) => blocks[at] = block,
                Err(_) => blocks.push(block),
            }
        }
        blocks.sort_by_key(|block| order(block.id));
        Self { blocks, ..later }
    }
}

/// Returns the sort key of a block in an update.
pub(super) fn order(id: BlockId) -> (Reverse<u8>, u32) {
    (Reverse(id.level), id.index)
}

/// A tree with unrecorded changes over it.
pub(super) struct Over<'a, R> {
    pub(super) reader: &'a R,
    pub(super) update: &'a TreeUpdate,
}

impl<R: BlockReader> BlockReader for Over<'_, R> {
    fn depth(&self) -> u32 {
        if self.update.is_empty() { self.reader.depth() } else { self.update.depth }
    }

    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        match self.update.find(block.id) {
            Some(changed) => {
                block.clone_from(changed);
                Ok(())
            }
            None => self.reader.read_block(block),
        }
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        self.reader.damaged(id, problem)
    }
}
