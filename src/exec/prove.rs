//! Proofs of what a VM's store holds.

use super::error::Error;
use super::shared::verify_pages;
use super::vm::Vm;
use crate::proof::{self, Proof, ProveError};
use crate::store::Snapshot;
use crate::store::world::WorldTree;
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
    pub fn prove_in_world(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        prove_in_world_on(&*self.shared.store.snapshot()?, address, pages)
    }

    /// As [`prove_in_world`](Self::prove_in_world), against the root of the world right after the commit that made a
    /// version of the contract. The account that is proven is that of this moment.
    ///
    /// Every account takes part in a world root: where another contract's history of that moment was pruned, there is
    /// no proof ([`StoreError::Pruned`](crate::store::StoreError::Pruned) names the contract).
    pub fn prove_in_world_at(&self, address: &Address, pages: &[PageIndex], version: Version) -> Result<Proof, Error> {
        prove_in_world_on(&self.snapshot_at(address, version)?, address, pages)
    }
}

fn prove_on(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
    verify_pages(snapshot, address, pages)?;
    Ok(proof::prove_pages(snapshot, address, pages)?)
}

fn prove_in_world_on(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
    if !pages.is_empty() {
        verify_pages(snapshot, address, pages)?;
    }
    let world = WorldTree::of(snapshot)?;
    Ok(proof::prove_in_world(snapshot, &world, address, pages)?)
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
