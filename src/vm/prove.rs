//! Proofs of pages and accounts at one moment.

use super::error::Error;
use super::view::View;
use super::world::{self, StoredTree};
use crate::proof::{self, Proof, Root, Selection};
use crate::store::world::WorldTree;
use crate::store::{DecodeError, Record};
use crate::units::Address;

impl View {
    /// Proves pages and byte ranges of a contract, stored or not, against its state root. [`proof`] describes the verifier.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, a part of the selection is beyond its page limit
    /// ([`Error::StorageRange`]), nothing or too much is selected ([`Error::Proof`]), or the store fails.
    pub fn prove(&self, address: &Address, selection: impl Into<Selection>) -> Result<Proof, Error> {
        let selection = selection.into();
        self.check_ranges(address, selection.parts())?;
        Ok(proof::prove_storage(&*self.snapshot, address, &selection)?)
    }

    /// Proves an account, existing or not, against the world root. With a selection, it also proves storage of this contract.
    ///
    /// At the newest moment it reads only the path to the account and the changes since the newest block. It reads all accounts of
    /// the moment if the moment is older, if there is no block yet, or if the stored world tree is damaged. That fails if the
    /// history of any contract at this moment was pruned.
    ///
    /// # Errors
    /// Returns the errors of [`prove`](Self::prove), and [`StoreError::Pruned`](crate::store::StoreError::Pruned), which names the
    /// pruned contract.
    pub fn prove_in_world(&self, address: &Address, selection: impl Into<Selection>) -> Result<Proof, Error> {
        let selection = &selection.into();
        if !selection.is_empty() {
            self.check_ranges(address, selection.parts())?;
        }
        match world::stored_tree(&*self.shared.store, &*self.snapshot, address)? {
            StoredTree::Usable(world) => {
                match proof::prove_in_world(&*self.snapshot, &world, address, selection).map_err(Error::from) {
                    Err(Error::Store(damage)) if damage.is_damage() => self.prove_from_all_accounts(address, selection),
                    proof => proof,
                }
            }
            StoredTree::Unusable | StoredTree::Newer => self.prove_from_all_accounts(address, selection),
        }
    }

    /// Proves with a world tree that is built from all accounts of the moment. If a block made the moment, the tree must have the
    /// world root of that block.
    fn prove_from_all_accounts(&self, address: &Address, selection: &Selection) -> Result<Proof, Error> {
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
