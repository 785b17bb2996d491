//! Proofs of pages and accounts at one moment.

use super::error::Error;
use super::view::View;
use super::world::{self, StoredTree};
use crate::proof::{self, Proof, Root};
use crate::store::world::WorldTree;
use crate::store::{DecodeError, Record};
use crate::units::{Address, PageIndex};

impl View {
    /// Proves pages of a contract, stored or not, against its state root. [`proof`] describes the verifier.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, a page is beyond its page limit, there are too many pages
    /// ([`Error::Proof`]), or the store fails.
    pub fn prove(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        self.check_pages(address, pages)?;
        Ok(proof::prove_pages(&*self.snapshot, address, pages)?)
    }

    /// Proves an account, existing or not, against the world root. With `pages`, it also proves pages of this contract.
    ///
    /// At the newest moment it reads only the path to the account and the changes since the newest block. It reads all accounts of
    /// the moment if the moment is older, if there is no block yet, or if the stored world tree is damaged. That fails if the
    /// history of any contract at this moment was pruned.
    ///
    /// # Errors
    /// Returns the errors of [`prove`](Self::prove), and [`StoreError::Pruned`](crate::store::StoreError::Pruned), which names the
    /// pruned contract.
    pub fn prove_in_world(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
        if !pages.is_empty() {
            self.check_pages(address, pages)?;
        }
        match world::stored_tree(&*self.shared.store, &*self.snapshot, address)? {
            StoredTree::Usable(world) => {
                match proof::prove_in_world(&*self.snapshot, &world, address, pages).map_err(Error::from) {
                    Err(Error::Store(damage)) if damage.is_damage() => self.prove_from_all_accounts(address, pages),
                    proof => proof,
                }
            }
            StoredTree::Unusable | StoredTree::Newer => self.prove_from_all_accounts(address, pages),
        }
    }

    /// Proves with a world tree that is built from all accounts of the moment. If a block made the moment, the tree must have the
    /// world root of that block.
    fn prove_from_all_accounts(&self, address: &Address, pages: &[PageIndex]) -> Result<Proof, Error> {
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
