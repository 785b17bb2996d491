//! Updates of a world tree: only the blocks on the paths of changed accounts are read and written.

use super::block_id::digit;
use super::nodes::Nodes;
use super::reader::below;
use super::{Subtree, WorldBlock, WorldBlockId, WorldBlocks};
use crate::store::StoreError;
use crate::units::{Address, WorldRoot};

/// The address of an account and its new hash; `None` removes the account.
type Change = (Address, Option<[u8; 32]>);

/// The changed blocks of a world tree, and its roots.
#[derive(Debug)]
pub struct WorldUpdate {
    /// The root before.
    pub before: WorldRoot,
    /// The new root.
    pub root: WorldRoot,
    /// Every block with a changed slot, each once. Empty ones are to be deleted.
    pub blocks: Vec<WorldBlock>,
}

/// Computes the tree after some accounts changed. `changes` is in ascending order of addresses, each once.
pub fn update(reader: &impl WorldBlocks, changes: &[Change]) -> Result<WorldUpdate, StoreError> {
    debug_assert!(changes.is_sorted_by(|a, b| a.0 < b.0));
    let mut update = Update { reader, blocks: Vec::new() };
    let mut top = reader.read(WorldBlockId::TOP)?.map_or(Nodes::EMPTY, |top| top.nodes());
    let before = WorldRoot(top.subtree().hash());
    update.change(WorldBlockId::TOP, &mut top, changes)?;
    let root = WorldRoot(top.subtree().hash());
    update.blocks.extend((!changes.is_empty()).then(|| WorldBlock::of(WorldBlockId::TOP, &top)));
    Ok(WorldUpdate { before, root, blocks: update.blocks })
}

struct Update<'a, R> {
    reader: &'a R,
    blocks: Vec<WorldBlock>,
}

impl<R: WorldBlocks> Update<'_, R> {
    /// Updates the nodes of a block and the blocks below it.
    fn change(&mut self, id: WorldBlockId, nodes: &mut Nodes, changes: &[Change]) -> Result<(), StoreError> {
        let mut rest = changes;
        let mut changed = 0;
        while let Some((first, _)) = rest.first() {
            let place = digit(first, id.level());
            let below = rest.partition_point(|(address, _)| digit(address, id.level()) == place);
            let (changes, others) = rest.split_at(below);
            rest = others;
            nodes.set(place, self.change_slot(id.child(place), nodes.slot(place), changes)?);
            changed |= 1 << place;
        }
        nodes.join(changed);
        Ok(())
    }

    /// Returns the content of a slot after some changes below it.
    fn change_slot(&mut self, id: WorldBlockId, slot: Subtree, changes: &[Change]) -> Result<Subtree, StoreError> {
        let mut nodes = match slot {
            Subtree::Node(_) => below(self.reader, id, slot)?,
            Subtree::Empty | Subtree::Account(..) => match at_most_one(slot, changes) {
                Some(remaining) => return Ok(remaining),
                None => Nodes::alone(slot, id.level()),
            },
        };
        self.change(id, &mut nodes, changes)?;
        let subtree = nodes.subtree();
        let is_needed = matches!(subtree, Subtree::Node(_));
        self.blocks.push(if is_needed { WorldBlock::of(id, &nodes) } else { WorldBlock::empty(id) });
        Ok(subtree)
    }
}

/// Returns the new content of a slot that had no block, or `None` if it needs one now.
fn at_most_one(slot: Subtree, changes: &[Change]) -> Option<Subtree> {
    let kept = match &slot {
        Subtree::Account(address, _) => !changes.iter().any(|(changed, _)| changed == address),
        _ => false,
    };
    let mut remaining = if kept { slot } else { Subtree::Empty };
    for &(address, leaf) in changes {
        let Some(leaf) = leaf else { continue };
        if remaining != Subtree::Empty {
            return None;
        }
        remaining = Subtree::Account(address, leaf);
    }
    Some(remaining)
}
