//! The world tree that a store keeps is believed if it has the root that was recorded of its block.
//!
//! A store compares what it reads with checksums, and each block of the tree with the one above it. So a top that has the root which
//! the newest block recorded leads to what that block left; all that changed since comes from the accounts.

use super::error::Error;
use crate::receipt::decode_world_root;
use crate::store::world::{self, WorldChange, WorldTree};
use crate::store::{Account, Moment, PageStore, Snapshot};
use crate::units::{Address, WorldRoot};

/// What the tree that a store keeps is worth for a proof of a moment.
pub(super) enum Kept {
    /// It leads to the account, and to the root of the moment.
    Of(WorldTree),
    /// There is none, or it is damaged.
    Unusable,
    /// Something was committed since.
    OfLater,
}

/// The part of the tree that a store keeps which leads to an address, with what has changed since laid over it, if the moment is
/// still the newest.
pub(super) fn kept(store: &dyn PageStore, snapshot: &dyn Snapshot, address: &Address) -> Result<Kept, Error> {
    let kept = || -> Result<Kept, Error> {
        let moment = snapshot.moment()?;
        // Without a block nothing is kept, and the log may be far longer than there are accounts.
        if snapshot.last_block(moment.commit)?.is_none() {
            return Ok(Kept::Unusable);
        }
        let part = world::part(store, address, snapshot.account(address)?.as_ref())?;
        if part.moment != moment {
            return Ok(Kept::OfLater);
        }
        let is_believed = is_believed(snapshot, part.kept)?;
        Ok(if is_believed { Kept::Of(part.tree) } else { Kept::Unusable })
    };
    match kept() {
        Err(Error::Store(damage)) if damage.is_damage() => Ok(Kept::Unusable),
        kept => kept,
    }
}

/// The world tree after a block has changed some accounts of the newest moment.
pub(super) fn after(
    store: &dyn PageStore,
    snapshot: &dyn Snapshot,
    changed: &[(Address, Option<Account>, Account)],
) -> Result<WorldChange, Error> {
    let change = store.world_after(changed)?;
    let is_believed = is_believed(snapshot, change.kept())?;
    Ok(if is_believed { change } else { world::anew(snapshot, changed)? })
}

/// Whether a tree that is kept has the root that was recorded: before the first block, that of nothing.
fn is_believed(snapshot: &dyn Snapshot, kept: Option<(Moment, WorldRoot)>) -> Result<bool, Error> {
    let Some((moment, root)) = kept else { return Ok(false) };
    let recorded = if moment == Moment::default() { Some(WorldRoot::ZERO) } else { root_of_block(snapshot, moment)? };
    Ok(recorded == Some(root))
}

/// The world root that was recorded of a moment, if a block made it and its record can be read.
pub(super) fn root_of_block(snapshot: &dyn Snapshot, moment: Moment) -> Result<Option<WorldRoot>, Error> {
    let record = if moment.step == 0 { snapshot.receipt(moment.commit) } else { Ok(None) };
    match record {
        Ok(record) => Ok(record.and_then(|record| decode_world_root(&record).ok().flatten())),
        Err(damage) if damage.is_damage() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
