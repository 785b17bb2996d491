//! A contract's state worked out from its diffs alone, from the first version on: for when its pages cannot be believed.

use std::collections::BTreeMap;

use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::tree::{self, Block, BlockId, BlockReader, Leaf};
use crate::store::{DiffRecord, Record, StoreError, apply};
use crate::units::{Address, PageBytes, PageIndex, StateRoot, Version};

/// A contract as its diffs have made it so far. It takes as much memory as the contract has pages.
#[derive(Debug)]
pub(super) struct Rebuild {
    address: Address,
    pages: BTreeMap<PageIndex, Box<PageBytes>>,
    blocks: BTreeMap<BlockId, Block>,
    root: StateRoot,
    version: Version,
}

impl Rebuild {
    /// A contract that was just deployed.
    pub(super) fn new(address: Address) -> Self {
        let (pages, blocks) = (BTreeMap::new(), BTreeMap::new());
        Self { address, pages, blocks, root: StateRoot::ZERO, version: Version(0) }
    }

    /// The last version that diffs have led to.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Applies the diff of the next version. Returns whether it led to the root that it names; if it did not, there is no
    /// way on.
    pub(super) fn apply(&mut self, diff: &DiffRecord) -> bool {
        if diff.version.0 != self.version.0 + 1 || diff.before != self.root {
            return false;
        }
        let mut leaves = Vec::new();
        for change in &diff.pages {
            let page = self.pages.entry(change.page).or_insert_with(|| Box::new(ZERO_PAGE));
            if apply(&change.runs, page).is_err() {
                return false;
            }
            leaves.push(Leaf::page(change.page.0, hash::page_hash(&self.address, change.page, page).0));
        }
        let Ok((root, update)) = tree::update(self, leaves) else { return false };
        if root != diff.after {
            return false;
        }
        for block in update.blocks() {
            if block.is_empty() {
                self.blocks.remove(&block.id);
            } else {
                self.blocks.insert(block.id, block.clone());
            }
        }
        (self.root, self.version) = (root, diff.version);
        true
    }
}

impl BlockReader for Rebuild {
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        if let Some(known) = self.blocks.get(&block.id) {
            block.clone_from(known);
        }
        Ok(())
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(self.address, id).damaged(problem)
    }
}
