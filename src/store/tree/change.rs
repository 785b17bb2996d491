//! Updates of a tree: from changed leaves to the new root, level by level, with each node hashed once.

use super::block::{Rise, hash_nodes};
use super::leaf::Before;
use super::update::{BlockReader, Over, order};
use super::{BITS_PER_LEVEL, Block, BlockId, LEAVES, LEVELS, Leaf, TreeUpdate};
use crate::store::StoreError;
use crate::store::codec::DecodeError;
use crate::store::hash::ZERO_NODE;
use crate::units::{PageHash, PageIndex};

/// Implements [`Snapshot::tree_after`](crate::store::Snapshot::tree_after).
pub(in crate::store) fn after(
    reader: &impl BlockReader,
    over: TreeUpdate,
    leaves: &[(PageIndex, PageHash)],
) -> Result<TreeUpdate, StoreError> {
    debug_assert!(leaves.is_sorted_by(|a, b| a.0 < b.0));
    update(reader, over, leaves.iter().map(|(page, hash)| Leaf::page(page.0, hash.0)).collect())
}

/// Computes a tree after some leaves changed. Leaves are in ascending order, each once. `over` has earlier changes, which become
/// part of the result.
pub(in crate::store) fn update(
    reader: &impl BlockReader,
    over: TreeUpdate,
    leaves: Vec<Leaf>,
) -> Result<TreeUpdate, StoreError> {
    if !leaves.is_empty()
        && let Some(changed) = change(&Over { reader, update: &over }, leaves)?
    {
        return Ok(over.followed_by(changed));
    }
    if !over.is_empty() {
        return Ok(over);
    }
    let depth = reader.depth();
    let mut top = Block::empty(BlockId::top(depth));
    reader.read_block(&mut top)?;
    Ok(TreeUpdate::new(depth, top.spine_node(depth - top.id.height()), Vec::new()))
}

/// Computes the upper blocks after some lowest-level blocks changed. `leaves` lists the roots of those blocks in ascending order,
/// each once; the list is not empty. The tree keeps its depth.
pub(in crate::store) fn above(reader: &impl BlockReader, leaves: Vec<Leaf>) -> Result<TreeUpdate, StoreError> {
    let depth = reader.depth();
    Climb { reader, rise: Rise { before: depth, after: depth }, leaves, blocks: Vec::new() }.climb_from(LEVELS - 1)
}

/// Replaces page hashes and computes all nodes above them. Returns `None` if all the new page hashes are zero and their pages lie
/// beyond the tree.
fn change(reader: &impl BlockReader, mut leaves: Vec<Leaf>) -> Result<Option<TreeUpdate>, StoreError> {
    let before = reader.depth();
    let last = leaves.iter().rfind(|leaf| leaf.hash != ZERO_NODE).map_or(0, |leaf| leaf.index);
    let rise = Rise { before, after: before.max(u32::BITS - last.leading_zeros()) };
    leaves.retain(|leaf| leaf.index >> rise.after == 0);
    let Some(first) = leaves.first() else { return Ok(None) };
    if rise.after > rise.before && first.index > 0 {
        // Page 0 is added to the leaves with its current hash, so that the spine from it to the new top is hashed too.
        leaves.insert(0, first_page(reader)?);
    }
    let may_sink = leaves.iter().any(|leaf| leaf.hash == ZERO_NODE);
    let blocks = Vec::with_capacity(usize::from(LEVELS) + leaves.len() / 4);
    let changed = Climb { reader, rise, leaves, blocks }.climb_from(LEVELS)?;
    if may_sink { sink(reader, changed).map(Some) } else { Ok(Some(changed)) }
}

fn first_page(reader: &impl BlockReader) -> Result<Leaf, StoreError> {
    let mut block = Block::empty(BlockId::of_group(0));
    reader.read_block(&mut block)?;
    Ok(Leaf::page(0, block.spine_node(0)))
}

/// The state of an update that climbs from changed leaves to the top of a tree.
struct Climb<'a, R> {
    reader: &'a R,
    rise: Rise,
    /// The changed leaves of the next level.
    leaves: Vec<Leaf>,
    /// The changed blocks so far.
    blocks: Vec<Block>,
}

impl<R: BlockReader> Climb<'_, R> {
    /// Climbs from `level` - 1 to the level of the top. `level` is `LEVELS` if the leaves are pages.
    fn climb_from(mut self, level: u8) -> Result<TreeUpdate, StoreError> {
        let depth = self.rise.after;
        for level in (BlockId::top(depth).level..level).rev() {
            self.one_level(level)?;
        }
        let top = match (self.blocks.last(), &self.leaves[..]) {
            (Some(top), [root]) if depth == top.id.height() + BITS_PER_LEVEL => root.hash,
            (Some(top), _) => top.spine_node(depth - top.id.height()),
            (None, _) => ZERO_NODE,
        };
        Ok(TreeUpdate::new(depth, top, self.blocks))
    }

    /// Updates the blocks of one level. Their roots become the changed leaves of the level above.
    fn one_level(&mut self, level: u8) -> Result<(), StoreError> {
        let Self { reader, rise, leaves, blocks } = self;
        let was_in_tree = level >= BlockId::top(rise.before).level;
        let (first, mut changed) = (blocks.len(), Vec::new());
        let (mut start, mut parents) = (0, 0);
        while start < leaves.len() {
            let index = leaves[start].index >> BITS_PER_LEVEL;
            let siblings = leaves[start..].iter().take_while(|leaf| leaf.index >> BITS_PER_LEVEL == index).count();
            let id = BlockId { level, index };
            let mut block = Block::empty(id);
            let leaves_of_block = &leaves[start..start + siblings];
            if was_in_tree && id.first_page() >> rise.before == 0 {
                reader.read_block(&mut block)?;
            }
            if was_in_tree {
                verify_children(*reader, &block, leaves_of_block)?;
            }
            let before = if block.is_empty() { Before::EmptyBlock } else { Before::Block };
            let nodes = block.replace_leaves(leaves_of_block, *rise);
            blocks.push(block);
            changed.push(nodes);
            leaves[parents] = Leaf { index, hash: ZERO_NODE, before };
            parents += 1;
            start += siblings;
        }
        leaves.truncate(parents);
        hash_nodes(&mut blocks[first..], &changed, *rise);
        let mut kept = first;
        for (at, parent) in (first..).zip(leaves) {
            parent.hash = blocks[at].take_root();
            if parent.before == Before::Block || !blocks[at].is_empty() {
                if kept < at {
                    blocks.swap(kept, at);
                }
                kept += 1;
            }
        }
        blocks.truncate(kept);
        Ok(())
    }
}

/// Verifies invariant 2 of [`tree`](super) on the path of a change.
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

/// Reduces the depth of a tree to what its remaining non-zero pages need.
fn sink(reader: &impl BlockReader, tree: TreeUpdate) -> Result<TreeUpdate, StoreError> {
    let spine = |level| -> Result<Block, StoreError> {
        let id = BlockId { level, index: 0 };
        match tree.find(id) {
            Some(changed) => Ok(changed.clone()),
            None => {
                let mut block = Block::empty(id);
                reader.read_block(&mut block)?;
                Ok(block)
            }
        }
    };
    let old_top = BlockId::top(tree.depth()).level;
    let mut level = old_top;
    let (mut top, depth) = loop {
        let block = spine(level)?;
        match block.last_leaf() {
            Some(0) if level + 1 < LEVELS => level += 1,
            Some(last) => {
                let depth = block.id.height() + u32::BITS - last.leading_zeros();
                break (block, depth);
            }
            None if level == old_top => break (Block::empty(BlockId::of_group(0)), 0),
            None => return Err(reader.damaged(block.id, DecodeError::Missing)),
        }
    };
    if depth == tree.depth() {
        return Ok(tree);
    }
    top.cut_spine(depth);
    let node = top.spine_node(depth - top.id.height());
    let above = (old_top..top.id.level).map(|level| Block::empty(BlockId { level, index: 0 }));
    let mut blocks: Vec<_> = above.chain([top]).collect();
    blocks.sort_by_key(|block| order(block.id));
    Ok(tree.followed_by(TreeUpdate::new(depth, node, blocks)))
}
