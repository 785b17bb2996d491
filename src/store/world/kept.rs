//! The world tree that a store keeps: that of the newest block. A commit that is no block leaves it alone; the next block
//! brings it up to date with the accounts that the log names since.
//!
//! ```text
//! mark:  commit varint ‖ step varint ‖ checksum u64        the moment of which the tree is
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{WorldBlockId, WorldBlocks, WorldTree, WorldUpdate, update};
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::{Account, Moment, Record, Snapshot, StoreError, hash};
use crate::units::{Address, CommitNumber, WorldRoot};

/// The world tree after a block.
#[derive(Debug)]
pub struct WorldChange {
    /// The moment before the block.
    pub(in crate::store) before: Moment,
    pub(in crate::store) update: WorldUpdate,
}

impl WorldChange {
    /// The root over all accounts after the block.
    pub fn root(&self) -> WorldRoot {
        self.update.root
    }
}

/// A moment of a store that keeps a world tree.
pub(in crate::store) trait KeptWorld: Snapshot + WorldBlocks {
    /// The moment of which the tree is; the beginning if there is none.
    fn world_moment(&self) -> Result<Moment, StoreError>;

    /// The accounts that the log names after a moment.
    fn changed_after(&self, moment: Moment) -> Result<BTreeSet<Address>, StoreError>;
}

/// The world tree after a block has changed some accounts. Reads the accounts that changed since the block before, and the
/// paths to them. All of the tree follows from the accounts: a damaged one is worked out anew.
pub(in crate::store) fn after(
    world: &impl KeptWorld,
    changed: &[(Address, Option<Account>, Account)],
) -> Result<WorldChange, StoreError> {
    let leaf = |(address, _, after): &(Address, Option<Account>, Account)| {
        (*address, Some(hash::account_leaf(address, after)))
    };
    let leaves: BTreeMap<_, _> = changed.iter().map(leaf).collect();
    let update = match brought_up_to_date(world, leaves.clone()) {
        Err(StoreError::Damaged { record: Record::WorldBlock(_) | Record::WorldMark, .. }) => {
            let mut tree = WorldTree::of(world)?;
            let root = tree.change(&Vec::from_iter(leaves))?;
            WorldUpdate { root, blocks: tree.blocks.into_values().collect() }
        }
        update => update?,
    };
    Ok(WorldChange { before: world.moment()?, update })
}

fn brought_up_to_date(
    world: &impl KeptWorld,
    mut leaves: BTreeMap<Address, Option<[u8; 32]>>,
) -> Result<WorldUpdate, StoreError> {
    let moment = world.world_moment()?;
    if moment > Moment::default() && world.read(WorldBlockId::TOP)?.is_none() {
        return Err(Record::WorldBlock(WorldBlockId::TOP).damaged(DecodeError::Missing));
    }
    for address in world.changed_after(moment)? {
        if let Entry::Vacant(entry) = leaves.entry(address) {
            let account = world.account(&address)?;
            let account = account.ok_or(Record::Account(address).damaged(DecodeError::Missing))?;
            entry.insert(Some(hash::account_leaf(&address, &account)));
        }
    }
    update(world, &Vec::from_iter(leaves))
}

pub(in crate::store) fn encode_mark(key: &[u8], Moment { commit, step }: Moment) -> Vec<u8> {
    Writer::new().varint(commit.0).varint(step.into()).seal(key)
}

pub(in crate::store) fn decode_mark(key: &[u8], record: &[u8]) -> Result<Moment, DecodeError> {
    let mut reader = Reader::new(codec::unseal(key, record)?);
    let commit = CommitNumber(reader.varint()?);
    let step = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("step"))?;
    reader.finish()?;
    Ok(Moment { commit, step })
}
