//! Proofs of what a VM's store holds.

use super::error::Error;
use super::shared::verify_pages;
use super::vm::Vm;
use crate::proof::{self, Proof, ProveError};
use crate::store::world::WorldTree;
use crate::units::{Address, PageIndex};

impl Vm {
    /// Proves pages of a contract, written or not, against its state root. See [`proof`] for who verifies it, and how.
    pub fn prove(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        let snapshot = self.shared.store.snapshot()?;
        verify_pages(&*snapshot, address, pages)?;
        Ok(proof::prove_pages(&*snapshot, address, pages)?)
    }

    /// Proves an account, present or not, against the world root, and with it pages of the contract, if some are given.
    pub fn prove_in_world(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        let snapshot = self.shared.store.snapshot()?;
        if !pages.is_empty() {
            verify_pages(&*snapshot, address, pages)?;
        }
        let world = WorldTree::of(&*snapshot)?;
        Ok(proof::prove_in_world(&*snapshot, &world, address, pages)?)
    }
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
