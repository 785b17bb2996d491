//! Making proofs.

use super::format::{FORMAT, Kind, MAGIC};
use super::{ProveError, ProvenAccount, Root, Verifier, account, pages};
use crate::limits::MAX_STORAGE_PAGES;
use crate::store::codec::Writer;
use crate::store::hash::{self, ZERO_NODE, ZERO_PAGE};
use crate::store::world::{self, WorldBlocks};
use crate::store::{Account, DecodeError, PageWrite, Record, Snapshot};
use crate::units::{Address, PageBytes, PageIndex, StateRoot};

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

/// Proves pages of a contract, present or absent, against its state root.
///
/// It reads the account, the pages, and the blocks of the state tree on the paths to them: five for one page, and of
/// several pages each block once.
pub fn prove_pages(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?.ok_or(ProveError::NoAccount(*address))?;
    let body = pages_part(snapshot, address, pages)?;
    finish(address, Kind::Pages, &body, Root::State(account.state), Some(&account))
}

/// Proves an account, present or absent, against a world root, and with it pages of the contract, if some are given.
///
/// `world` is the tree over the accounts of the snapshot. Of it, the blocks on the path to the account are read.
pub fn prove_in_world(
    snapshot: &dyn Snapshot,
    world: &impl WorldBlocks,
    address: &Address,
    pages: &[PageIndex],
) -> Result<Proof, ProveError> {
    let account = snapshot.account(address)?;
    let path = world::path(world, address)?;
    // Of another account that has the place to itself, the record is needed too.
    let record = match &path.end {
        world::Subtree::Account(at, _) => snapshot.account(at)?.unwrap_or_default(),
        _ => Account::default(),
    };
    let mut body = account::encode(address, &path, &hash::account_record(&record));
    let kind = if pages.is_empty() {
        Kind::Account
    } else {
        account.as_ref().ok_or(ProveError::NoAccount(*address))?;
        body.extend(pages_part(snapshot, address, pages)?);
        Kind::PagesInWorld
    };
    finish(address, kind, &body, Root::World(path.root), account.as_ref())
}

fn pages_part(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Result<Vec<u8>, ProveError> {
    if pages.is_empty() {
        return Err(ProveError::NoPages);
    }
    let mut pages = pages.to_vec();
    pages.sort();
    pages.dedup();
    let mut contents = Vec::new();
    for page in pages {
        if !MAX_STORAGE_PAGES.contains(page) {
            return Err(ProveError::PageIndex(page));
        }
        let mut content: PageBytes = ZERO_PAGE;
        snapshot.read_page(address, page, &mut content)?;
        contents.push((page, content));
    }
    // Writing what is there already goes through all that a proof consists of, and nothing else.
    let writes: Vec<_> =
        contents.iter().map(|(page, bytes)| PageWrite { page: *page, bytes, runs: Vec::new() }).collect();
    let (_, tree) = snapshot.state_after(address, &writes)?;
    let node = |depth, place| tree.node(depth, place).copied().unwrap_or(ZERO_NODE);
    Ok(pages::encode(&contents, node))
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
    let expected = account.filter(|_| kind != Kind::Pages).map(ProvenAccount::from);
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
