//! The tree of a contract on disk.
//!
//! A changed page changes one block of each level, and each of them lies in a leaf of the database's own that a commit has
//! to write. So only the block of the lowest level, which stands beside the page, is written at once. The blocks above it
//! are written late: a list beside the newest account names the groups of pages whose hashes they do not have yet, and when
//! it is full, all blocks above those groups are written together.
//!
//! ```text
//! recorded upper blocks  +  hashes of the late groups, from their blocks  =  upper blocks  →  root of the newest account
//! ```
//! So any snapshot has the tree, and needs nothing but itself. Whoever writes keeps the upper blocks in memory
//! ([`UpperTrees`](super::upper::UpperTrees)), and does not work them out again for each commit.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lmdb::Transaction;

use super::commit::Commit;
use super::late_groups::LateGroups;
use super::layout;
use super::read::Read;
use super::upper::Upper;
use crate::store::codec::DecodeError;
use crate::store::tree::{self, Block, BlockId, BlockReader, TreeUpdate};
use crate::store::{ContractChange, Record, StoreError};
use crate::units::{Address, PageHash, PageIndex, StateRoot, Version};

impl<T: Transaction> Read<'_, T> {
    /// Fills an empty block of a contract's tree as it is recorded.
    fn recorded_block(&self, address: &Address, block: &mut Block) -> Result<(), StoreError> {
        let key = layout::block_key(address, block.id);
        match self.get(key.as_ref())? {
            Some(record) => block
                .decode(key.as_ref(), record)
                .map_err(|problem| Record::TreeBlock(*address, block.id).damaged(problem)),
            None => Ok(()),
        }
    }

    fn late_groups(&self, address: &Address) -> Result<LateGroups, StoreError> {
        let key = layout::late_groups_key(address);
        let Some(record) = self.get(&key)? else { return Ok(LateGroups::default()) };
        LateGroups::decode(&key, record).map_err(|problem| Record::LateGroups(*address).damaged(problem))
    }

    /// The blocks above the late groups, as they are; nothing if no group is late.
    pub(super) fn late_blocks(&self, address: &Address) -> Result<Option<TreeUpdate>, StoreError> {
        self.blocks_above(address, &self.late_groups(address)?)
    }

    fn blocks_above(&self, address: &Address, late: &LateGroups) -> Result<Option<TreeUpdate>, StoreError> {
        let mut leaves = Vec::new();
        for group in &late.0 {
            let mut block = Block::empty(BlockId::of_group(*group));
            self.recorded_block(address, &mut block)?;
            leaves.push(block.as_leaf());
        }
        if leaves.is_empty() {
            return Ok(None);
        }
        let tree = Tree { read: self, address: *address, upper: RefCell::default() };
        tree::above(&tree, leaves).map(Some)
    }

    /// The upper blocks that are in memory of a contract's tree, among them all that are not recorded as they are.
    fn upper(&self, address: &Address, version: Version, root: StateRoot) -> Result<Upper, StoreError> {
        if let Some(upper) = self.shared.upper.take(address, version, root) {
            return Ok(upper);
        }
        let late = self.late_groups(address)?;
        let above = self.blocks_above(address, &late)?;
        let mut upper = Upper::new(version, root, late);
        if let Some(above) = above {
            if above.root() != root {
                return Err(Record::LateGroups(*address).damaged(DecodeError::Hash));
            }
            above.blocks().iter().for_each(|block| upper.put(block));
        }
        Ok(upper)
    }

    /// See [`Snapshot::tree_after`](crate::store::Snapshot::tree_after).
    pub(super) fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        let account = self.account(address)?.map(|(_, account)| account).unwrap_or_default();
        let upper = RefCell::new(self.upper(address, account.version, account.state)?);
        let tree = Tree { read: self, address: *address, upper };
        let update = tree::after(&tree, over, leaves)?;
        self.shared.upper.keep(address, tree.upper.into_inner());
        Ok(update)
    }
}

/// The tree of one contract.
struct Tree<'a, 't, T> {
    read: &'a Read<'t, T>,
    address: Address,
    upper: RefCell<Upper>,
}

impl<T: Transaction> BlockReader for Tree<'_, '_, T> {
    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        if block.id.group().is_some() {
            return self.read.recorded_block(&self.address, block);
        }
        let mut upper = self.upper.borrow_mut();
        match upper.get(block.id) {
            Some(known) => block.clone_from(known),
            None => {
                self.read.recorded_block(&self.address, block)?;
                upper.put(block);
            }
        }
        Ok(())
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(self.address, id).damaged(problem)
    }
}

impl Commit<'_> {
    /// Writes the tree of a contract that a batch changes: `version` is what it makes.
    pub(super) fn write_tree(&mut self, version: Version, change: &ContractChange<'_>) -> Result<(), StoreError> {
        let address = &change.address;
        let before = Version(version.0.saturating_sub(1));
        let mut upper = self.read().upper(address, before, change.before)?;
        for block in change.tree.blocks() {
            match block.id.group() {
                Some(group) => {
                    upper.late.0.insert(group);
                    self.put_block(address, block)?;
                }
                None => upper.put(block),
            }
        }
        if upper.late.0.len() > self.shared.most_late_groups {
            self.write_above(address, &upper)?;
            upper.late = LateGroups::default();
        } else if !upper.late.0.is_empty() {
            let key = layout::late_groups_key(address);
            self.put(&key, &upper.late.encode(&key))?;
        }
        self.shared.upper.keep(address, upper.at(version, change.after));
        Ok(())
    }

    /// Writes the blocks above the late groups, so that none is late any more.
    fn write_above(&mut self, address: &Address, upper: &Upper) -> Result<(), StoreError> {
        let above: BTreeSet<BlockId> =
            upper.late.0.iter().flat_map(|group| BlockId::of_group(*group).above()).collect();
        for id in above {
            let block = upper.get(id).ok_or_else(|| Record::TreeBlock(*address, id).damaged(DecodeError::Missing))?;
            self.put_block(address, block)?;
        }
        self.delete(&layout::late_groups_key(address))
    }

    /// Writes the blocks above the late groups of a contract, if the tree can be read as far as that takes.
    pub(super) fn write_late_blocks(&mut self, address: &Address) -> Result<(), StoreError> {
        if let Some(late) = self.read().late_blocks(address)? {
            late.blocks().iter().try_for_each(|block| self.put_block(address, block))?;
            self.delete(&layout::late_groups_key(address))?;
        }
        Ok(())
    }

    fn put_block(&mut self, address: &Address, block: &Block) -> Result<(), StoreError> {
        let key = layout::block_key(address, block.id);
        if block.is_empty() { self.delete(key.as_ref()) } else { self.put(key.as_ref(), &block.encode(key.as_ref())) }
    }
}
