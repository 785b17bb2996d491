//! Making proofs.

use super::format::{FORMAT, Kind, MAGIC};
use super::source::Source;
use super::{ProveError, ProvenAccount, Root, Selection, Verifier, account, storage};
use crate::store::codec::Writer;
use crate::store::hash;
use crate::store::world::{self, WorldBlocks};
use crate::store::{Account, DecodeError, Record, Snapshot};
use crate::units::{Address, StateRoot};

/// A proof that was made, and has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The proof.
    pub bytes: Vec<u8>,
    /// What it leads to.
    pub root: Root,
    /// The contract's state; zero for an account that is not there.
    pub state: StateRoot,
}

/// Proves what pages and ranges of bytes of a contract hold, written or not, against its state root.
///
/// It reads the account, each page that holds something of the selection, and the blocks of the state tree on the paths to these:
/// at most five for one page, and of several pages each block once.
pub fn prove_storage(snapshot: &dyn Snapshot, address: &Address, selection: &Selection) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?.ok_or(ProveError::NoAccount(*address))?;
    let body = storage_part(snapshot, address, selection)?;
    finish(address, Kind::Storage, &body, Root::State(account.state), Some(&account))
}

/// Proves an account, present or absent, against a world root, and with it what is selected of the contract's storage, if anything is.
///
/// `world` is the tree over the accounts of the snapshot. Of it, the blocks on the path to the account are read.
pub fn prove_in_world(
    snapshot: &dyn Snapshot,
    world: &impl WorldBlocks,
    address: &Address,
    selection: &Selection,
) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?;
    let path = world::path(world, address)?;
    // Of another account that has the place to itself, the record is needed too.
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

/// Puts a proof together, and verifies it: a store that is damaged gives none.
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
