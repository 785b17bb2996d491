//! The world tree that a store keeps: that of the newest block. A commit that is no block leaves it alone; the next block
//! brings it up to date with the accounts that the log names since, and so does a proof, which writes nothing.
//!
//! ```text
//! mark:  moment ‖ checksum u64        the moment of which the tree is
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{WorldBlockId, WorldBlocks, WorldChange, WorldTree, WorldUpdate, update};
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::{Account, Moment, PageStore, Record, Snapshot, StoreError, hash};
use crate::units::{Address, WorldRoot};

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
    match brought_up_to_date(world, leaves(changed)) {
        Ok((moment, update)) => {
            let kept = Some((moment, update.before));
            Ok(WorldChange { before: world.moment()?, update, kept })
        }
        Err(StoreError::Damaged { record: Record::WorldBlock(_) | Record::WorldMark, .. }) => anew(world, changed),
        Err(error) => Err(error),
    }
}

/// As [`PageStore::world_after`], worked out from all accounts of a moment.
pub fn anew(
    snapshot: &(impl Snapshot + ?Sized),
    changed: &[(Address, Option<Account>, Account)],
) -> Result<WorldChange, StoreError> {
    let mut tree = WorldTree::of(snapshot)?;
    let update = update(&tree, &Vec::from_iter(leaves(changed)))?;
    tree.take(update.blocks);
    let update = WorldUpdate { blocks: tree.blocks.into_values().collect(), ..update };
    Ok(WorldChange { before: snapshot.moment()?, update, kept: None })
}

fn leaves(changed: &[(Address, Option<Account>, Account)]) -> BTreeMap<Address, Option<[u8; 32]>> {
    changed.iter().map(|(address, _, after)| (*address, Some(hash::account_leaf(address, after)))).collect()
}

/// The moment of the tree that is kept, and what becomes of it.
fn brought_up_to_date(
    world: &impl KeptWorld,
    mut leaves: BTreeMap<Address, Option<[u8; 32]>>,
) -> Result<(Moment, WorldUpdate), StoreError> {
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
    Ok((moment, update(world, &Vec::from_iter(leaves))?))
}

/// The part of the world tree of the newest moment that leads to one address.
#[derive(Debug)]
pub struct WorldPart {
    /// The moment.
    pub moment: Moment,
    /// Its blocks, those on the path to the address among them.
    pub tree: WorldTree,
    /// See [`WorldChange::kept`].
    pub kept: Option<(Moment, WorldRoot)>,
}

/// What leads to an address of a store, at which there is an account or none. Reads the accounts that changed since the newest
/// block, and the paths to them and to the address.
pub fn part(store: &dyn PageStore, address: &Address, account: Option<&Account>) -> Result<WorldPart, StoreError> {
    // A block with the account as it is has all of its path. One that is not there is made, and taken away again.
    let unchanged = account.cloned().unwrap_or_default();
    let WorldChange { before, update, kept } = store.world_after(&[(*address, account.cloned(), unchanged)])?;
    let mut tree = WorldTree::default();
    tree.take(update.blocks);
    if account.is_none() {
        tree.change(&[(*address, None)])?;
    }
    Ok(WorldPart { moment: before, tree, kept })
}

pub(in crate::store) fn encode_mark(key: &[u8], moment: Moment) -> Vec<u8> {
    moment.write(&mut Writer::new()).seal(key)
}

pub(in crate::store) fn decode_mark(key: &[u8], record: &[u8]) -> Result<Moment, DecodeError> {
    let mut reader = Reader::new(codec::unseal(key, record)?);
    let moment = Moment::read(&mut reader)?;
    reader.finish()?;
    Ok(moment)
}
