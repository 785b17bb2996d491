//! Upper blocks of trees in memory: what a writer would otherwise read or work out again for each commit.
//!
//! A tree's version and root say what its blocks are, so what is kept is right for whoever asks for that version and root,
//! and of no use to anybody else. A commit that fails leaves what nobody asks for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::tree_head::TreeHead;
use crate::limits::UPPER_BLOCKS_KEPT;
use crate::store::tree::{Block, BlockId};
use crate::units::{Address, StateRoot, Version};

/// Upper blocks of one tree: all that are not recorded as they are, and others.
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

    /// The same blocks as those of another version, which they have become.
    pub(super) fn at(self, version: Version, root: StateRoot) -> Self {
        Self { version, root, ..self }
    }
}

/// Upper blocks of some trees, by contract.
#[derive(Debug, Default)]
pub(super) struct UpperTrees(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    trees: HashMap<Address, Upper>,
    /// Blocks of all of them.
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

    /// Takes out what is kept of a tree, so that nobody waits while it is used.
    pub(super) fn take(&self, address: &Address, version: Version, root: StateRoot) -> Option<Upper> {
        let mut kept = self.kept();
        let upper = kept.trees.get(address)?;
        ((upper.version, upper.root) == (version, root)).then(|| kept.remove(address))?
    }

    /// Keeps a tree, and lets go of all others when there are more blocks than memory is set aside for.
    pub(super) fn keep(&self, address: &Address, upper: Upper) {
        let mut kept = self.kept();
        kept.remove(address);
        if kept.blocks + upper.blocks.len() > UPPER_BLOCKS_KEPT {
            *kept = Kept::default();
        }
        kept.blocks += upper.blocks.len();
        kept.trees.insert(*address, upper);
    }

    /// Forgets a tree whose records are changed otherwise than by a commit.
    pub(super) fn forget(&self, address: &Address) {
        self.kept().remove(address);
    }
}
