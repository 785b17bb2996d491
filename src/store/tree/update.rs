//! The blocks of a tree as changes leave them, and where those that did not change are read from.

use std::cmp::Reverse;

use super::{BITS_PER_LEVEL, Block, BlockId, LEVELS};
use crate::store::codec::DecodeError;
use crate::store::hash::{self, NodeHash, ZERO_NODE};
use crate::store::{Record, StoreError};
use crate::units::StateRoot;

/// Where the blocks of one contract's tree are read from.
pub(in crate::store) trait BlockReader {
    /// The depth of the tree; 0 for one without pages.
    fn depth(&self) -> u32;

    /// Fills an empty block, which says which it is; one that is not stored stays empty.
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError>;

    /// The error for a block that should be as its parent says.
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

/// The blocks of a tree as changes leave them.
#[derive(Debug, Clone, Default)]
pub struct TreeUpdate {
    root: StateRoot,
    depth: u32,
    top: NodeHash,
    /// The lowest level first, in each level in ascending order.
    blocks: Vec<Block>,
}

impl TreeUpdate {
    /// `top` is the node at the top of the tree.
    pub(super) fn new(depth: u32, top: NodeHash, blocks: Vec<Block>) -> Self {
        Self { root: hash::state_root(depth, &top), depth, top, blocks }
    }

    /// The root that the tree has; zero if there are no blocks.
    pub fn root(&self) -> StateRoot {
        self.root
    }

    /// The depth of the tree: the smallest number with all pages that are not zero below index 2^depth.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// The node at a height above the pages and a place in that height, of which the parent lies in a changed block.
    pub(crate) fn node(&self, height: u32, place: u32) -> Option<&NodeHash> {
        if height >= self.depth {
            return Some(if (height, place) == (self.depth, 0) { &self.top } else { &ZERO_NODE });
        }
        let level = LEVELS - 1 - (height / BITS_PER_LEVEL) as u8;
        let height = height % BITS_PER_LEVEL;
        Some(self.find(BlockId { level, index: place >> (BITS_PER_LEVEL - height) })?.node(height, place))
    }

    /// Every block with a changed node; the empty ones are to be removed.
    pub(in crate::store) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Whether nothing is different from what is recorded.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(in crate::store) fn find(&self, id: BlockId) -> Option<&Block> {
        let at = self.blocks.binary_search_by_key(&order(id), |block| order(block.id)).ok()?;
        self.blocks.get(at)
    }

    /// These changes and later ones, which were made over them.
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

/// The order of the blocks of an update.
pub(super) fn order(id: BlockId) -> (Reverse<u8>, u32) {
    (Reverse(id.level), id.index)
}

/// A tree with changes that are not recorded.
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
