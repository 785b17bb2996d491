//! Proofs of what a moment of a store holds.

use super::error::Error;
use super::view::View;
use super::world::{self, Kept};
use crate::proof::{self, Proof, Root};
use crate::store::world::WorldTree;
use crate::store::{DecodeError, Record};
use crate::units::{Address, PageIndex};

impl View {
    /// Proves pages of a contract, written or not, against the state root that it has. See [`proof`] for who verifies it,
    /// and how.
    ///
    /// # Errors
    /// There is no contract at the address, a page is beyond its page limit, there are too many of them ([`Error::Proof`]), or the store
    /// has failed.
    pub fn prove(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        self.check_pages(address, pages)?;
        Ok(proof::prove_pages(&*self.snapshot, address, pages)?)
    }

    /// Proves an account, present or not, against the world root, and with it pages of the contract, if some are given.
    ///
    /// It reads the path to the account, and what has changed since the newest block, if the moment is the newest. Of a
    /// moment that is past, without a block, or where the tree that the store keeps is damaged, it reads all accounts as
    /// they were then. Where another contract's history of that moment was pruned, there is no proof
    /// ([`StoreError::Pruned`](crate::store::StoreError::Pruned) names the contract).
    ///
    /// # Errors
    /// As [`prove`](Self::prove), and [`StoreError::Pruned`](crate::store::StoreError::Pruned).
    pub fn prove_in_world(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        if !pages.is_empty() {
            self.check_pages(address, pages)?;
        }
        match world::kept(&*self.shared.store, &*self.snapshot, address)? {
            Kept::Of(world) => {
                match proof::prove_in_world(&*self.snapshot, &world, address, pages).map_err(Error::from) {
                    Err(Error::Store(damage)) if damage.is_damage() => self.prove_among_all(address, pages),
                    proof => proof,
                }
            }
            Kept::Unusable | Kept::OfLater => self.prove_among_all(address, pages),
        }
    }

    /// Proves on the tree over all accounts of the moment. If a block made it, the root has to be that of the block.
    fn prove_among_all(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        let snapshot = &*self.snapshot;
        let proof = proof::prove_in_world(snapshot, &WorldTree::of(snapshot)?, address, pages)?;
        let moment = snapshot.moment()?;
        match world::root_of_block(snapshot, moment)? {
            Some(root) if proof.root != Root::World(root) => {
                Err(Record::Log(moment).damaged(DecodeError::Invalid("world root")).into())
            }
            _ => Ok(proof),
        }
    }
}
