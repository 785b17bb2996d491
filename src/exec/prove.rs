//! Proofs of what a VM's store holds.

use super::error::Error;
use super::shared::verify_pages;
use super::vm::Vm;
use super::world::{self, Kept};
use crate::proof::{self, Proof, ProveError, Root};
use crate::store::world::WorldTree;
use crate::store::{DecodeError, Record, Snapshot};
use crate::units::{Address, PageIndex, Version};

impl Vm {
    /// Proves pages of a contract, written or not, against its state root. See [`proof`] for who verifies it, and how.
    pub fn prove(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        prove_on(&*self.shared.store.snapshot()?, address, pages)
    }

    /// As [`prove`](Self::prove), of a version that is kept, against the state root that it has.
    pub fn prove_at(&self, address: &Address, pages: &[PageIndex], version: Version) -> Result<Proof, Error> {
        prove_on(&self.snapshot_at(address, version)?, address, pages)
    }

    /// Proves an account, present or not, against the world root, and with it pages of the contract, if some are given.
    ///
    /// It reads the path to the account, and what has changed since the newest block. Without a block, or where the tree that the
    /// store keeps is damaged, it reads all accounts.
    pub fn prove_in_world(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        let store = &*self.shared.store;
        let mut snapshot = store.snapshot()?;
        for _ in 0..ATTEMPTS {
            match world::kept(store, &*snapshot, address)? {
                Kept::Of(world) => match prove_if_whole(&*snapshot, &world, address, pages)? {
                    Some(proof) => return Ok(proof),
                    None => break,
                },
                Kept::Unusable => break,
                Kept::OfLater => snapshot = store.snapshot()?,
            }
        }
        prove_among_all(&*snapshot, address, pages)
    }

    /// As [`prove_in_world`](Self::prove_in_world), against the root of the world right after the commit that made a
    /// version of the contract. The account that is proven is that of this moment.
    ///
    /// Every account takes part in a world root, and unless the moment is the newest, each is read as it was then. Where another
    /// contract's history of that moment was pruned, there is no proof
    /// ([`StoreError::Pruned`](crate::store::StoreError::Pruned) names the contract).
    pub fn prove_in_world_at(&self, address: &Address, pages: &[PageIndex], version: Version) -> Result<Proof, Error> {
        let store = &*self.shared.store;
        let snapshot = self.snapshot_at(address, version)?;
        if store.snapshot()?.moment()? == snapshot.moment()?
            && let Kept::Of(world) = world::kept(store, &snapshot, address)?
            && let Some(proof) = prove_if_whole(&snapshot, &world, address, pages)?
        {
            return Ok(proof);
        }
        prove_among_all(&snapshot, address, pages)
    }
}

/// How often a proof begins anew because something was committed while it was made, until it reads all accounts of one moment.
const ATTEMPTS: usize = 8;

/// Proves on a tree; nothing if that, or something else, is damaged.
fn prove_if_whole(
    snapshot: &dyn Snapshot,
    world: &WorldTree,
    address: &Address,
    pages: &[PageIndex],
) -> Result<Option<Proof>, Error> {
    match prove_in_world_on(snapshot, world, address, pages) {
        Err(Error::Store(damage)) if damage.is_damage() => Ok(None),
        proof => proof.map(Some),
    }
}

/// Proves on the tree over all accounts of a moment. If a block made it, the root has to be that of the block.
fn prove_among_all(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
    let world = WorldTree::of(snapshot)?;
    let proof = prove_in_world_on(snapshot, &world, address, pages)?;
    let moment = snapshot.moment()?;
    match world::root_of_block(snapshot, moment)? {
        Some(root) if proof.root != Root::World(root) => {
            Err(Record::Log(moment).damaged(DecodeError::Invalid("world root")).into())
        }
        _ => Ok(proof),
    }
}

fn prove_in_world_on(
    snapshot: &dyn Snapshot,
    world: &WorldTree,
    address: &Address,
    pages: &[PageIndex],
) -> Result<Proof, Error> {
    if !pages.is_empty() {
        verify_pages(snapshot, address, pages)?;
    }
    Ok(proof::prove_in_world(snapshot, world, address, pages)?)
}

fn prove_on(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
    verify_pages(snapshot, address, pages)?;
    Ok(proof::prove_pages(snapshot, address, pages)?)
}

impl From<ProveError> for Error {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Store(error) => error.into(),
            ProveError::NoAccount(address) => Self::NoAccount(address),
            other => Self::Proof(other),
        }
    }
}
