//! Decides whether the stored world tree can be trusted: it must have the world root that its block recorded.
//!
//! The store verifies checksums, and each tree block against the one above it. So a tree whose root is the one that the newest
//! block recorded leads to the accounts right after that block. All changes since then come from the accounts themselves.

use super::error::Error;
use crate::receipt::decode_world_root;
use crate::store::world::{self, WorldChange, WorldTree};
use crate::store::{Account, Moment, PageStore, Snapshot};
use crate::units::{Address, WorldRoot};

/// The stored world tree, as far as a proof of a moment can use it.
pub(super) enum StoredTree {
    /// The part of the tree that leads to the account, updated to the moment.
    Usable(WorldTree),
    /// There is no stored tree, or it is damaged.
    Unusable,
    /// The store is at a later moment.
    Newer,
}

/// Reads the part of the stored world tree that leads to an address, and applies the changes since the newest block.
pub(super) fn stored_tree(
    store: &dyn PageStore,
    snapshot: &dyn Snapshot,
    address: &Address,
) -> Result<StoredTree, Error> {
    let read = || -> Result<StoredTree, Error> {
        let moment = snapshot.moment()?;
        // Before the first block there is no stored tree, and the log may be far longer than the list of accounts.
        if snapshot.last_block(moment.commit)?.is_none() {
            return Ok(StoredTree::Unusable);
        }
        let part = world::part(store, address, snapshot.account(address)?.as_ref())?;
        if part.moment != moment {
            return Ok(StoredTree::Newer);
        }
        let is_trusted = is_trusted(snapshot, part.kept)?;
        Ok(if is_trusted { StoredTree::Usable(part.tree) } else { StoredTree::Unusable })
    };
    match read() {
        Err(Error::Store(damage)) if damage.is_damage() => Ok(StoredTree::Unusable),
        tree => tree,
    }
}

/// Returns the change of the world tree by a block that has changed these accounts of the newest moment.
pub(super) fn after(
    store: &dyn PageStore,
    snapshot: &dyn Snapshot,
    changed: &[(Address, Option<Account>, Account)],
) -> Result<WorldChange, Error> {
    let change = store.world_after(changed)?;
    let is_trusted = is_trusted(snapshot, change.kept())?;
    Ok(if is_trusted { change } else { world::rebuild(snapshot, changed)? })
}

/// Returns true if a stored tree has the recorded world root: before the first block, the root of no accounts.
fn is_trusted(snapshot: &dyn Snapshot, stored: Option<(Moment, WorldRoot)>) -> Result<bool, Error> {
    let Some((moment, root)) = stored else { return Ok(false) };
    let recorded = if moment == Moment::default() { Some(WorldRoot::ZERO) } else { root_of_block(snapshot, moment)? };
    Ok(recorded == Some(root))
}

/// Returns the recorded world root of a moment, if a block made the moment and its record can be read.
pub(super) fn root_of_block(snapshot: &dyn Snapshot, moment: Moment) -> Result<Option<WorldRoot>, Error> {
    let record = if moment.step == 0 { snapshot.receipt(moment.commit) } else { Ok(None) };
    match record {
        Ok(record) => Ok(record.and_then(|record| decode_world_root(&record).ok().flatten())),
        Err(damage) if damage.is_damage() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
