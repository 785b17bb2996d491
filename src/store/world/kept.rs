//! The stored world tree, which is that of the newest block. Commits that are not blocks do not change it. The next block updates
//! it with the accounts that the log names since. A proof does the same in memory, without writing.
//!
//! ```text
//! mark:  moment ‖ checksum u64        the tree's moment
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{WorldBlockId, WorldBlocks, WorldChange, WorldTree, WorldUpdate, update};
use crate::store::codec::{self, DecodeError, Reader, Writer};
use crate::store::{Account, Moment, PageStore, Record, Snapshot, StoreError, hash};
use crate::units::{Address, WorldRoot};

/// A snapshot of a store with a stored world tree.
pub(in crate::store) trait KeptWorld: Snapshot + WorldBlocks {
    /// Returns the tree's moment; the default moment if no tree is stored.
    fn world_moment(&self) -> Result<Moment, StoreError>;

    /// Returns the accounts that the log names after a moment.
    fn changed_after(&self, moment: Moment) -> Result<BTreeSet<Address>, StoreError>;
}

/// Computes the world tree after a block changed some accounts. Reads the accounts that changed since the last block, and their
/// paths. A damaged tree is rebuilt from all accounts, which imply it.
pub(in crate::store) fn after(
    world: &impl KeptWorld,
    changed: &[(Address, Option<Account>, Account)],
) -> Result<WorldChange, StoreError> {
    match brought_up_to_date(world, leaves(changed)) {
        Ok((moment, update)) => {
            let kept = Some((moment, update.before));
            Ok(WorldChange { before: world.moment()?, update, kept })
        }
        Err(StoreError::Damaged { record: Record::WorldBlock(_) | Record::WorldMark, .. }) => rebuild(world, changed),
        Err(error) => Err(error),
    }
}

/// Does as [`PageStore::world_after`], but computes the tree from all accounts of a snapshot.
pub fn rebuild(
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

/// Updates the stored tree with the accounts that the log names since and with `leaves`. Returns the stored tree's moment too.
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

/// A part of the newest moment's world tree: at least the path to one address.
#[derive(Debug)]
pub struct WorldPart {
    /// The moment.
    pub moment: Moment,
    /// Some of the tree's blocks, including those on the path to the address.
    pub tree: WorldTree,
    /// See [`WorldChange::kept`].
    pub kept: Option<(Moment, WorldRoot)>,
}

/// Returns a part of the world tree with the path to an address. `account` is the newest account there, if any. Reads the accounts
/// that changed since the newest block, their paths, and the path to the address.
pub fn part(store: &dyn PageStore, address: &Address, account: Option<&Account>) -> Result<WorldPart, StoreError> {
    // An update with the unchanged account contains the whole path. A missing account is added and removed again.
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
