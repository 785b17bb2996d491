//! The state tree of a contract on disk.
//!
//! A changed page changes one block of each level. Each of these blocks lies in a different leaf page of LMDB's B-tree, and a
//! commit would have to write every one of those pages. So a commit normally writes only the lowest-level block, which lies next to
//! the page. The upper blocks are written late. The head of the tree, a record next to the newest record of the contract's account,
//! names the **late groups**: groups of pages whose hashes the upper blocks do not include yet. When there are too many, a commit
//! writes all blocks above them.
//!
//! ```text
//! recorded upper blocks  +  roots of the late groups' blocks  =  current upper blocks  →  state root of the newest account
//! ```
//! So the whole current tree can be computed from every snapshot. The writing process keeps the current upper blocks in memory
//! ([`UpperTrees`](super::upper::UpperTrees)), so that it does not compute them again for each commit. A commit that changes the
//! depth of the tree writes all blocks above the late groups. So recorded blocks always belong to a tree of the recorded depth.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::commit::Commit;
use super::layout;
use super::read::Read;
use super::tree_head::TreeHead;
use super::upper::Upper;
use crate::store::codec::DecodeError;
use crate::store::tree::{self, Block, BlockId, BlockReader, TreeUpdate};
use crate::store::{ContractChange, Record, StoreError};
use crate::units::{Address, PageHash, PageIndex, StateRoot, Version};

impl Read<'_> {
    /// Reads a block's record into `block`, which is empty and has the name of the block.
    fn recorded_block(&self, address: &Address, block: &mut Block) -> Result<(), StoreError> {
        let key = layout::block_key(address, block.id);
        match self.get(key.as_ref())? {
            Some(record) => block
                .decode(key.as_ref(), record)
                .map_err(|problem| Record::TreeBlock(*address, block.id).damaged(problem)),
            None => Ok(()),
        }
    }

    pub(super) fn tree_head(&self, address: &Address) -> Result<TreeHead, StoreError> {
        let key = layout::tree_head_key(address);
        let Some(record) = self.get(&key)? else { return Ok(TreeHead::default()) };
        TreeHead::decode(&key, record).map_err(|problem| Record::TreeHead(*address).damaged(problem))
    }

    /// Computes the current blocks above the late groups, or returns `None` if no group is late.
    pub(super) fn late_blocks(&self, address: &Address, head: &TreeHead) -> Result<Option<TreeUpdate>, StoreError> {
        let mut leaves = Vec::new();
        for group in &head.late {
            let mut block = Block::empty(BlockId::of_group(*group));
            self.recorded_block(address, &mut block)?;
            leaves.push(block.as_leaf());
        }
        if leaves.is_empty() {
            return Ok(None);
        }
        let upper = Upper::new(Version::default(), StateRoot::ZERO, head.clone());
        tree::above(&Tree { read: self, address: *address, upper: RefCell::new(upper) }, leaves).map(Some)
    }

    /// Returns the head of a contract's tree, and the current form of each upper block whose record is out of date.
    fn recorded_upper(&self, address: &Address, version: Version, root: StateRoot) -> Result<Upper, StoreError> {
        let head = self.tree_head(address)?;
        let late = self.late_blocks(address, &head)?;
        let mut upper = Upper::new(version, root, head);
        late.iter().flat_map(TreeUpdate::blocks).for_each(|block| upper.put(block));
        Ok(upper)
    }

    /// Implements [`Snapshot::tree_after`](crate::store::Snapshot::tree_after).
    pub(super) fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        let account = self.account(address)?.map(|(_, account)| account).unwrap_or_default();
        let kept = self.shared.upper.take(address, account.version, account.state);
        let is_known = kept.is_some();
        let upper = match kept {
            Some(upper) => upper,
            None => self.recorded_upper(address, account.version, account.state)?,
        };
        let tree = Tree { read: self, address: *address, upper: RefCell::new(upper) };
        if !is_known && tree::update(&tree, TreeUpdate::default(), Vec::new())?.root() != account.state {
            return Err(Record::TreeHead(*address).damaged(DecodeError::Hash));
        }
        let update = tree::after(&tree, over, leaves)?;
        self.shared.upper.keep(address, tree.upper.into_inner());
        Ok(update)
    }
}

/// Reads the current tree of one contract.
struct Tree<'a, 't> {
    read: &'a Read<'t>,
    address: Address,
    upper: RefCell<Upper>,
}

impl BlockReader for Tree<'_, '_> {
    fn depth(&self) -> u32 {
        self.upper.borrow().head.depth
    }

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
    /// Writes the tree of a contract that a batch changes. `version` is the version that the batch makes.
    pub(super) fn write_tree(&mut self, version: Version, change: &ContractChange<'_>) -> Result<(), StoreError> {
        let address = &change.address;
        let before = Version(version.0.saturating_sub(1));
        let kept = self.shared.upper.take(address, before, change.before);
        let mut upper = match kept {
            Some(upper) => upper,
            None => self.read().recorded_upper(address, before, change.before)?,
        };
        let recorded = upper.head.clone();
        let depth = change.tree.depth();
        let mut late = recorded.late.clone();
        for block in change.tree.blocks() {
            match block.id.group() {
                Some(group) => {
                    self.put_block(address, block)?;
                    if BlockId::top(depth).group().is_none() {
                        late.insert(group);
                    }
                }
                None => upper.put(block),
            }
        }
        if depth != recorded.depth || late.len() > self.shared.most_late_groups {
            let above = late.iter().flat_map(|group| BlockId::of_group(*group).above(recorded.depth));
            let changed = change.tree.blocks().iter().map(|block| block.id);
            let upper_blocks: BTreeSet<BlockId> = above.chain(changed.filter(|id| id.group().is_none())).collect();
            // A block of this set that is not in `upper` is empty and has no record.
            for block in upper_blocks.into_iter().filter_map(|id| upper.get(id)) {
                self.put_block(address, block)?;
            }
            late.clear();
        }
        upper.head = TreeHead { depth, late };
        if upper.head != recorded {
            self.put_tree_head(address, &upper.head)?;
        }
        self.shared.upper.keep(address, upper.at(version, change.after));
        Ok(())
    }

    /// Writes the current blocks above the late groups of a contract, so that no group is late.
    pub(super) fn write_late_blocks(&mut self, address: &Address) -> Result<(), StoreError> {
        let head = self.read().tree_head(address)?;
        if let Some(late) = self.read().late_blocks(address, &head)? {
            late.blocks().iter().try_for_each(|block| self.put_block(address, block))?;
            self.put_tree_head(address, &TreeHead { late: BTreeSet::new(), ..head })?;
        }
        Ok(())
    }

    pub(super) fn put_tree_head(&mut self, address: &Address, head: &TreeHead) -> Result<(), StoreError> {
        let key = layout::tree_head_key(address);
        if head.is_stored() { self.put(&key, &head.encode(&key)) } else { self.delete(&key) }
    }

    fn put_block(&mut self, address: &Address, block: &Block) -> Result<(), StoreError> {
        let key = layout::block_key(address, block.id);
        if block.is_empty() { self.delete(key.as_ref()) } else { self.put(key.as_ref(), &block.encode(key.as_ref())) }
    }
}
