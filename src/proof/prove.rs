//! Making proofs.

use super::format::{FORMAT, Kind, MAGIC};
use super::source::Source;
use super::{ProveError, ProvenAccount, Root, Selection, Verifier, account, storage};
use crate::store::codec::Writer;
use crate::store::hash;
use crate::store::world::{self, WorldBlocks};
use crate::store::{Account, DecodeError, Record, Snapshot};
use crate::units::{Address, StateRoot};

/// A new proof, already verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The bytes of the proof.
    pub bytes: Vec<u8>,
    /// The root to which the proof leads.
    pub root: Root,
    /// The state root of the contract; zero if the account does not exist.
    pub state: StateRoot,
}

/// Proves the content of pages and byte ranges of a contract, written or not, under its state root.
///
/// The function reads the account, each page of the selection, and the tree blocks on the paths to these pages. There are at most
/// five tree blocks for one page, and each block is read once, even if it is on the paths of several pages.
pub fn prove_storage(snapshot: &dyn Snapshot, address: &Address, selection: &Selection) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?.ok_or(ProveError::NoAccount(*address))?;
    let body = storage_part(snapshot, address, selection)?;
    finish(address, Kind::Storage, &body, Root::State(account.state), Some(&account))
}

/// Proves an account, existing or not, under a world root, together with the selected storage of the contract, if any is selected.
///
/// `world` is the world tree over the accounts of the snapshot. The function reads the tree blocks on the path to the account.
pub fn prove_in_world(
    snapshot: &dyn Snapshot,
    world: &impl WorldBlocks,
    address: &Address,
    selection: &Selection,
) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?;
    let path = world::path(world, address)?;
    // If the path ends at another account, the proof needs the record of that account.
    let record = match &path.end {
        world::Subtree::Account(at, _) => snapshot.account(at)?.unwrap_or_default(),
        _ => Account::default(),
    };
    let mut body = account::encode(address, &path, &hash::account_record(&record));
    let kind = if selection.is_empty() {
        Kind::Account
    } else {
        account.as_ref().ok_or(ProveError::NoAccount(*address))?;
        body.extend(storage_part(snapshot, address, selection)?);
        Kind::StorageInWorld
    };
    finish(address, kind, &body, Root::World(path.root), account.as_ref())
}

fn storage_part(snapshot: &dyn Snapshot, address: &Address, selection: &Selection) -> Result<Vec<u8>, ProveError> {
    let claims = selection.claims()?;
    Ok(storage::encode(&Source::read(snapshot, address, &claims)?, &claims))
}

/// Assembles a proof and verifies it, so that a damaged store gives an error and no proof.
fn finish(
    address: &Address,
    kind: Kind,
    body: &[u8],
    root: Root,
    account: Option<&Account>,
) -> Result<Proof, ProveError> {
    let bytes = Writer::new().raw(MAGIC).u8(FORMAT).u8(kind as u8).raw(address.as_bytes()).raw(body).seal(MAGIC);
    let state = account.map(|account| account.state);
    let expected = account.filter(|_| kind != Kind::Storage).map(ProvenAccount::from);
    match Verifier::new().root(*root.as_bytes()).verify(&bytes) {
        Ok(proven) if proven.state == state && proven.account == expected => {
            Ok(Proof { bytes, root, state: state.unwrap_or_default() })
        }
        _ => {
            let damaged = Record::Account(*address).damaged(DecodeError::Invalid("state root"));
            Err(ProveError::Store(damaged))
        }
    }
}
