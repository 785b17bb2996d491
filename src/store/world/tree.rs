//! A world tree in memory.

use std::collections::BTreeMap;

use super::{WorldBlock, WorldBlockId, WorldBlocks, update};
use crate::store::codec::DecodeError;
use crate::store::{Record, Snapshot, StoreError, hash};
use crate::units::{Address, WorldRoot};

/// A world tree in memory.
#[derive(Debug, Clone, Default)]
pub struct WorldTree {
    pub(crate) blocks: BTreeMap<WorldBlockId, WorldBlock>,
}

impl WorldTree {
    /// Computes the tree over all accounts of a snapshot.
    pub fn of(snapshot: &(impl Snapshot + ?Sized)) -> Result<Self, StoreError> {
        let mut leaves = Vec::new();
        for address in snapshot.addresses()? {
            let account = snapshot.account(&address)?;
            let account = account.ok_or(Record::Account(address).damaged(DecodeError::Missing))?;
            leaves.push((address, Some(hash::account_leaf(&address, &account))));
        }
        let mut tree = Self::default();
        tree.change(&leaves)?;
        Ok(tree)
    }

    /// Changes accounts. `changes` is in ascending order of addresses, each once. Returns the new root.
    pub fn change(&mut self, changes: &[(Address, Option<[u8; 32]>)]) -> Result<WorldRoot, StoreError> {
        let update = update(self, changes)?;
        let root = update.root;
        self.take(update.blocks);
        Ok(root)
    }

    /// Applies the blocks of an update.
    pub(in crate::store) fn take(&mut self, blocks: impl IntoIterator<Item = WorldBlock>) {
        for block in blocks {
            if block.is_empty() {
                self.blocks.remove(&block.id());
            } else {
                self.blocks.insert(block.id(), block);
            }
        }
    }
}

impl WorldBlocks for WorldTree {
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError> {
        Ok(self.blocks.get(&id).cloned())
    }
}
