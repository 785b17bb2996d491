//! Upper blocks of trees in memory, which a writer would otherwise read or compute again for each commit.
//!
//! The version and state root of a tree determine its blocks. So they are the key: a lookup for a different version or root finds
//! nothing. A failed commit leaves blocks that no lookup asks for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::tree_head::TreeHead;
use crate::limits::UPPER_BLOCKS_KEPT;
use crate::store::tree::{Block, BlockId};
use crate::units::{Address, StateRoot, Version};

/// Upper blocks of one tree: all whose records are out of date, and others that were read.
#[derive(Debug, Default)]
pub(super) struct Upper {
    version: Version,
    root: StateRoot,
    blocks: HashMap<u32, Block>,
    /// The head of the tree.
    pub(super) head: TreeHead,
}

impl Upper {
    pub(super) fn new(version: Version, root: StateRoot, head: TreeHead) -> Self {
        Self { version, root, blocks: HashMap::new(), head }
    }

    pub(super) fn get(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(&id.ordinal())
    }

    pub(super) fn put(&mut self, block: &Block) {
        self.blocks.insert(block.id.ordinal(), block.clone());
    }

    /// Assigns the blocks to the version that they have become.
    pub(super) fn at(self, version: Version, root: StateRoot) -> Self {
        Self { version, root, ..self }
    }
}

/// A cache of the upper blocks of trees, by contract.
#[derive(Debug, Default)]
pub(super) struct UpperTrees(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    trees: HashMap<Address, Upper>,
    /// Number of blocks of all trees.
    blocks: usize,
}

impl Kept {
    fn remove(&mut self, address: &Address) -> Option<Upper> {
        let upper = self.trees.remove(address)?;
        self.blocks -= upper.blocks.len();
        Some(upper)
    }
}

impl UpperTrees {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes and returns the blocks of a tree, so that the lock is not held while they are used.
    pub(super) fn take(&self, address: &Address, version: Version, root: StateRoot) -> Option<Upper> {
        let mut kept = self.kept();
        let upper = kept.trees.get(address)?;
        ((upper.version, upper.root) == (version, root)).then(|| kept.remove(address))?
    }

    /// Stores the blocks of a tree. Drops all others if the total would exceed [`UPPER_BLOCKS_KEPT`].
    pub(super) fn keep(&self, address: &Address, upper: Upper) {
        let mut kept = self.kept();
        kept.remove(address);
        if kept.blocks + upper.blocks.len() > UPPER_BLOCKS_KEPT {
            *kept = Kept::default();
        }
        kept.blocks += upper.blocks.len();
        kept.trees.insert(*address, upper);
    }

    /// Drops a tree whose records are changed by an operation other than a commit.
    pub(super) fn forget(&self, address: &Address) {
        self.kept().remove(address);
    }
}
