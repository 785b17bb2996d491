//! Proofs of what a moment of a store holds.

use super::error::Error;
use super::view::View;
use super::world::{self, Kept};
use crate::proof::{self, Proof, Root, Selection};
use crate::store::world::WorldTree;
use crate::store::{DecodeError, Record};
use crate::units::Address;

impl View {
    /// Proves what pages and ranges of bytes of a contract hold, written or not, against the state root that it has. See [`proof`] for
    /// who verifies it, and how.
    ///
    /// # Errors
    /// There is no contract at the address, [`Error::StorageRange`] says that something is beyond its page limit, [`Error::Proof`]
    /// that nothing or too much is selected, or the store has failed.
    pub fn prove(&self, address: &Address, selection: impl Into<Selection>) -> Result<Proof, Error> {
        let selection = selection.into();
        self.check_ranges(address, selection.parts())?;
        Ok(proof::prove_storage(&*self.snapshot, address, &selection)?)
    }

    /// Proves an account, present or not, against the world root, and with it what is selected of the contract's storage, if anything
    /// is.
    ///
    /// It reads the path to the account, and what has changed since the newest block, if the moment is the newest. Of a
    /// moment that is past, without a block, or where the tree that the store keeps is damaged, it reads all accounts as
    /// they were then. Where another contract's history of that moment was pruned, there is no proof
    /// ([`StoreError::Pruned`](crate::store::StoreError::Pruned) names the contract).
    ///
    /// # Errors
    /// As [`prove`](Self::prove), and [`StoreError::Pruned`](crate::store::StoreError::Pruned).
    pub fn prove_in_world(&self, address: &Address, selection: impl Into<Selection>) -> Result<Proof, Error> {
        let selection = &selection.into();
        if !selection.is_empty() {
            self.check_ranges(address, selection.parts())?;
        }
        match world::kept(&*self.shared.store, &*self.snapshot, address)? {
            Kept::Of(world) => {
                match proof::prove_in_world(&*self.snapshot, &world, address, selection).map_err(Error::from) {
                    Err(Error::Store(damage)) if damage.is_damage() => self.prove_among_all(address, selection),
                    proof => proof,
                }
            }
            Kept::Unusable | Kept::OfLater => self.prove_among_all(address, selection),
        }
    }

    /// Proves on the tree over all accounts of the moment. If a block made it, the root has to be that of the block.
    fn prove_among_all(&self, address: &Address, selection: &Selection) -> Result<Proof, Error> {
        let snapshot = &*self.snapshot;
        let proof = proof::prove_in_world(snapshot, &WorldTree::of(snapshot)?, address, selection)?;
        let moment = snapshot.moment()?;
        match world::root_of_block(snapshot, moment)? {
            Some(root) if proof.root != Root::World(root) => {
                Err(Record::Log(moment).damaged(DecodeError::Invalid("world root")).into())
            }
            _ => Ok(proof),
        }
    }
}
