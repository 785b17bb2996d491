//! From changed accounts to the new world root: only the blocks on their paths are read and written.

use super::WorldBlocks;
use super::block::{Subtree, WorldBlock, WorldBlockId, digit};
use crate::store::{DecodeError, Record, StoreError};
use crate::units::{Address, WorldRoot};

/// An account with the hash of all that is recorded of it; without one, there is no such account.
type Change = (Address, Option<[u8; 32]>);

/// The blocks of a world tree as a change leaves them.
#[derive(Debug)]
pub struct WorldUpdate {
    /// The new root.
    pub root: WorldRoot,
    /// Every block with a changed slot, each once; the empty ones are to be removed.
    pub blocks: Vec<WorldBlock>,
}

/// Works out the tree after some accounts have changed; they are in ascending order, each once.
pub fn update(reader: &impl WorldBlocks, changes: &[Change]) -> Result<WorldUpdate, StoreError> {
    debug_assert!(changes.is_sorted_by(|a, b| a.0 < b.0));
    let mut update = Update { reader, blocks: Vec::new() };
    let top = reader.read(WorldBlockId::TOP)?.unwrap_or_else(|| WorldBlock::empty(WorldBlockId::TOP));
    let top = update.change(top, changes)?;
    let root = WorldRoot(top.subtree().hash());
    update.blocks.extend((!changes.is_empty()).then_some(top));
    Ok(WorldUpdate { root, blocks: update.blocks })
}

struct Update<'a, R> {
    reader: &'a R,
    blocks: Vec<WorldBlock>,
}

impl<R: WorldBlocks> Update<'_, R> {
    /// Changes a block and what lies below it.
    fn change(&mut self, mut block: WorldBlock, changes: &[Change]) -> Result<WorldBlock, StoreError> {
        let id = block.id();
        let mut rest = changes;
        while let Some((first, _)) = rest.first() {
            let place = digit(first, id.level());
            let below = rest.partition_point(|(address, _)| digit(address, id.level()) == place);
            let (changes, others) = rest.split_at(below);
            rest = others;
            let slot = block.slot_mut(place);
            *slot = self.change_slot(id.child(place), *slot, changes)?;
        }
        Ok(block)
    }

    /// What a slot holds after some changes below it.
    fn change_slot(&mut self, id: WorldBlockId, slot: Subtree, changes: &[Change]) -> Result<Subtree, StoreError> {
        let block = match slot {
            Subtree::Node(_) => {
                let missing = || Record::WorldBlock(id).damaged(DecodeError::Missing);
                self.reader.read(id)?.ok_or_else(missing)?
            }
            Subtree::Empty | Subtree::Account(..) => match at_most_one(slot, changes) {
                Some(remaining) => return Ok(remaining),
                None => {
                    let mut block = WorldBlock::empty(id);
                    if let Subtree::Account(address, _) = &slot {
                        *block.slot_mut(digit(address, id.level())) = slot;
                    }
                    block
                }
            },
        };
        let block = self.change(block, changes)?;
        let subtree = block.subtree();
        self.blocks.push(if matches!(subtree, Subtree::Node(_)) { block } else { WorldBlock::empty(id) });
        Ok(subtree)
    }
}

/// What changes leave of a slot without a block, if that needs none either.
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
