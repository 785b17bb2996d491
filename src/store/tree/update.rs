//! From changed leaves to the new root: bottom up, a level of blocks at a time, each node hashed once.

use std::cmp::Reverse;

use super::leaf::Before;
use super::{BITS_PER_LEVEL, Block, BlockId, LEAVES, LEVELS, Leaf};
use crate::store::codec::DecodeError;
use crate::store::hash::{NodeHash, ZERO_NODE};
use crate::store::{Record, StoreError};
use crate::units::{PageHash, PageIndex, StateRoot};

/// Where the blocks of one contract's tree are read from.
pub(in crate::store) trait BlockReader {
    /// Fills an empty block, which says which it is; one that is not stored stays empty.
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError>;

    /// The error for a block that should be as its parent says.
    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError;
}

/// A tree without pages.
pub(in crate::store) struct NoBlocks;

impl BlockReader for NoBlocks {
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
    /// The lowest level first, in each level in ascending order.
    blocks: Vec<Block>,
}

impl TreeUpdate {
    /// The root that these blocks have; zero if there are none.
    pub fn root(&self) -> StateRoot {
        self.root
    }

    /// The node at a depth of the tree and a place in that depth, of which the parent is the root or lies in a changed
    /// block.
    pub(crate) fn node(&self, depth: u32, place: u32) -> Option<&NodeHash> {
        let Some(above) = depth.checked_sub(1) else { return Some(&self.root.0) };
        let level = (above / BITS_PER_LEVEL) as u8;
        let height = above % BITS_PER_LEVEL + 1;
        Some(self.find(BlockId { level, index: place >> height })?.node(height, place))
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
}

/// A tree with changes that are not recorded.
struct Over<'a, R> {
    reader: &'a R,
    update: &'a TreeUpdate,
}

impl<R: BlockReader> BlockReader for Over<'_, R> {
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

/// A tree after some pages have changed: see [`Snapshot::tree_after`](crate::store::Snapshot::tree_after).
pub(in crate::store) fn after(
    reader: &impl BlockReader,
    over: TreeUpdate,
    leaves: &[(PageIndex, PageHash)],
) -> Result<TreeUpdate, StoreError> {
    debug_assert!(leaves.is_sorted_by(|a, b| a.0 < b.0));
    update(reader, over, leaves.iter().map(|(page, hash)| Leaf::page(page.0, hash.0)).collect())
}

/// Works out a tree after some leaves have changed; they are in ascending order, each once. `over` is what has changed
/// before, and becomes part of the result.
pub(in crate::store) fn update(
    reader: &impl BlockReader,
    over: TreeUpdate,
    leaves: Vec<Leaf>,
) -> Result<TreeUpdate, StoreError> {
    if leaves.is_empty() && !over.blocks.is_empty() {
        return Ok(over);
    }
    if leaves.is_empty() {
        let mut top = Block::empty(BlockId::TOP);
        reader.read_block(&mut top)?;
        return Ok(TreeUpdate { root: StateRoot(top.root()), blocks: Vec::new() });
    }
    let TreeUpdate { root, blocks } = replace(&Over { reader, update: &over }, LEVELS, leaves)?;
    if over.blocks.is_empty() {
        return Ok(TreeUpdate { root, blocks });
    }
    let mut all = TreeUpdate { root, ..over };
    let count = all.blocks.len();
    for block in blocks {
        match all.blocks[..count].binary_search_by_key(&order(block.id), |block| order(block.id)) {
            Ok(at) => all.blocks[at] = block,
            Err(_) => all.blocks.push(block),
        }
    }
    all.blocks.sort_by_key(|block| order(block.id));
    Ok(all)
}

/// Works out the blocks above the lowest level after some blocks there have changed, of which the leaves are; they are in
/// ascending order, each once, and there is one at least.
pub(in crate::store) fn above(reader: &impl BlockReader, leaves: Vec<Leaf>) -> Result<TreeUpdate, StoreError> {
    replace(reader, LEVELS - 1, leaves)
}

/// Replaces leaves of the lowest of so many levels, and all that follows from them.
fn replace(reader: &impl BlockReader, levels: u8, mut leaves: Vec<Leaf>) -> Result<TreeUpdate, StoreError> {
    let mut blocks = Vec::with_capacity(usize::from(levels) + leaves.len() / 4);
    for level in (0..levels).rev() {
        update_level(reader, level, &mut leaves, &mut blocks)?;
    }
    Ok(TreeUpdate { root: StateRoot(leaves[0].hash), blocks })
}

/// The order of the blocks of an update.
fn order(id: BlockId) -> (Reverse<u8>, u32) {
    (Reverse(id.level), id.index)
}

/// Replaces the leaves of a level by those of the level above: the roots of the blocks that they are in.
fn update_level(
    reader: &impl BlockReader,
    level: u8,
    leaves: &mut Vec<Leaf>,
    blocks: &mut Vec<Block>,
) -> Result<(), StoreError> {
    let (mut start, mut parents) = (0, 0);
    while start < leaves.len() {
        let index = leaves[start].index >> BITS_PER_LEVEL;
        let siblings = leaves[start..].iter().take_while(|leaf| leaf.index >> BITS_PER_LEVEL == index).count();
        blocks.push(Block::empty(BlockId { level, index }));
        let block = blocks.last_mut().expect("one was pushed");
        reader.read_block(block)?;
        let before = if block.is_empty() { Before::EmptyBlock } else { Before::Block };
        let leaves_of_block = &leaves[start..start + siblings];
        verify_children(reader, block, leaves_of_block)?;
        let hash = block.replace(leaves_of_block);
        debug_assert_eq!(hash == ZERO_NODE, block.is_empty());
        leaves[parents] = Leaf { index, hash, before };
        parents += 1;
        start += siblings;
    }
    leaves.truncate(parents);
    Ok(())
}

/// Invariant 2, on the blocks that a change goes through.
fn verify_children(reader: &impl BlockReader, block: &Block, leaves: &[Leaf]) -> Result<(), StoreError> {
    for leaf in leaves {
        let id = BlockId { level: block.id.level + 1, index: leaf.index };
        match (leaf.before, block.has_leaf(leaf.index as usize % LEAVES)) {
            (Before::EmptyBlock, true) => return Err(reader.damaged(id, DecodeError::Missing)),
            (Before::Block, false) if block.is_empty() => return Err(reader.damaged(block.id, DecodeError::Missing)),
            (Before::Block, false) => return Err(reader.damaged(block.id, DecodeError::Invalid("set of leaves"))),
            _ => {}
        }
    }
    Ok(())
}
