//! Mends the blocks of the state tree, which follow from the pages.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::Mend;
use crate::store::lmdb::layout::{self, Name};
use crate::store::lmdb::tree_head::TreeHead;
use crate::store::tree::{Block, BlockId};
use crate::store::{Record, StoreError, TreeUpdate};

impl Mend<'_> {
    /// Writes every block that differs from that of `tree`. If the late groups are unknown, an undamaged upper block may differ
    /// because it was late: it is written, but does not count as mended.
    pub(super) fn write_tree(&mut self, tree: &TreeUpdate) -> Result<(), StoreError> {
        let address = self.address;
        self.commit.shared.upper.forget(&address);
        let late_are_known = self.write_late_blocks()?;
        let mut missing: BTreeMap<Vec<u8>, (BlockId, Vec<u8>)> = BTreeMap::new();
        for block in tree.blocks().iter().filter(|block| !block.is_empty()) {
            let key = layout::block_key(&address, block.id);
            missing.insert(key.as_ref().to_vec(), (block.id, block.encode(key.as_ref())));
        }
        let (mut gone, mut damaged) = (Vec::new(), BTreeSet::new());
        for entry in self.read().entries(&layout::owner_prefix(&address))? {
            let (key, value) = entry?;
            let Some(Name::Block(_, id)) = Name::of(key) else { continue };
            if Block::empty(id).decode(key, value).is_err() {
                damaged.insert(id);
            }
            match missing.get(key) {
                Some((_, expected)) if expected == value => _ = missing.remove(key),
                Some(_) => {}
                None => gone.push((id, key.to_vec())),
            }
        }
        let is_late = |id: &BlockId| !late_are_known && id.group().is_none() && !damaged.contains(id);
        let changed = gone.iter().map(|(id, _)| id).chain(missing.values().map(|(id, _)| id));
        self.records.extend(changed.filter(|id| !is_late(id)).map(|id| Record::TreeBlock(address, *id)));
        let head = TreeHead { depth: tree.depth(), ..TreeHead::default() };
        self.commit.put_tree_head(&address, &head)?;
        gone.iter().try_for_each(|(_, key)| self.commit.delete(key))?;
        missing.iter().try_for_each(|(key, (_, value))| self.commit.put(key, value))
    }

    /// Writes the late blocks, so that every recorded block should match the tree. Returns whether they could be read.
    fn write_late_blocks(&mut self) -> Result<bool, StoreError> {
        let damaged = match self.commit.write_late_blocks(&self.address) {
            Ok(()) => return Ok(true),
            Err(StoreError::Damaged { record, .. }) => record,
            Err(error) => return Err(error),
        };
        if damaged == Record::TreeHead(self.address) {
            self.records.insert(damaged);
        }
        self.commit.delete(&layout::tree_head_key(&self.address))?;
        Ok(false)
    }
}
