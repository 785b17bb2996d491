//! The part of a proof that leads from an account to a world root. The head of `proof` describes its layout.

use super::bits::{BitReader, BitWriter};
use super::error::Problem;
use crate::store::Account;
use crate::store::codec::Reader;
use crate::store::hash::{self, ACCOUNT_RECORD_BYTES, ZERO_NODE};
use crate::store::world::{Subtree, WorldPath};
use crate::units::{Address, CodeHash, StateRoot, Version, WorldRoot};

/// The number of bits of an address, and so the depth of the world tree's deepest possible leaf.
const ADDRESS_BITS: usize = 8 * size_of::<Address>();

const END_EMPTY: u8 = 0;
const END_ACCOUNT: u8 = 1;
const END_OTHER: u8 = 2;

/// The content of an account that a proof shows under a world root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenAccount {
    /// The hash of the contract's code; `None` if the account has no code.
    pub code_hash: Option<CodeHash>,
    /// The balance.
    pub balance: u64,
    /// The number of committed top-level calls that the account sent.
    pub nonce: u64,
    /// The state root of the contract's storage.
    pub state: StateRoot,
    /// The version: how often the storage has changed.
    pub version: Version,
}

impl From<&Account> for ProvenAccount {
    fn from(account: &Account) -> Self {
        Self {
            code_hash: account.code.map(|code| code.hash),
            balance: account.balance,
            nonce: account.nonce,
            state: account.state,
            version: account.version,
        }
    }
}

impl ProvenAccount {
    fn of(record: &[u8; ACCOUNT_RECORD_BYTES]) -> Result<Self, Problem> {
        let mut reader = Reader::new(record);
        let code = CodeHash(reader.array()?);
        Ok(Self {
            code_hash: (code != CodeHash::ZERO).then_some(code),
            balance: u64::from_be_bytes(reader.array()?),
            nonce: u64::from_be_bytes(reader.array()?),
            state: StateRoot(reader.array()?),
            version: Version(u64::from_be_bytes(reader.array()?)),
        })
    }
}

/// Encodes a proof of the account at an address. `record` is the record of the account at which the path ends, if there is one.
pub(super) fn encode(address: &Address, path: &WorldPath, record: &[u8; ACCOUNT_RECORD_BYTES]) -> Vec<u8> {
    let mut stream = BitWriter::default();
    match &path.end {
        Subtree::Account(at, _) if at == address => {
            stream.raw(&[END_ACCOUNT]);
            stream.raw(record);
        }
        Subtree::Account(other, _) => {
            stream.raw(&[END_OTHER]);
            stream.raw(other.as_bytes());
            stream.raw(record);
        }
        Subtree::Empty | Subtree::Node(_) => stream.raw(&[END_EMPTY]),
    }
    // A path has at most one sibling for each bit of an address: 160.
    stream.raw(&[path.siblings.len() as u8]);
    path.siblings.iter().rev().for_each(|sibling| stream.hash(sibling));
    stream.finish()
}

/// Reads a proof of an account. Returns the world root that it leads to, and the account, or `None` if no account has the address.
pub(super) fn decode(
    address: &Address,
    reader: &mut Reader<'_>,
) -> Result<(WorldRoot, Option<ProvenAccount>), Problem> {
    let end = reader.u8()?;
    let (at, record) = match end {
        END_EMPTY => (None, [0; ACCOUNT_RECORD_BYTES]),
        END_ACCOUNT => (Some(*address), reader.array()?),
        END_OTHER => (Some(Address(reader.array()?)), reader.array()?),
        _ => return Err(Problem::PathEnd),
    };
    let depth = usize::from(reader.u8()?);
    if depth > ADDRESS_BITS {
        return Err(Problem::PathEnd);
    }
    if let (END_OTHER, Some(other)) = (end, at)
        && (other == *address || (0..depth).any(|depth| bit(&other, depth) != bit(address, depth)))
    {
        return Err(Problem::OtherAccount(other));
    }
    let mut hash = at.map_or(ZERO_NODE, |at| hash::account_record_leaf(&at, &record));
    let mut siblings = BitReader::new(reader);
    for node in (0..depth).rev() {
        let sibling = siblings.hash()?;
        // The deepest sibling is never empty: an account that is alone below a node is placed at that node.
        if node + 1 == depth && sibling == ZERO_NODE {
            return Err(Problem::PathEnd);
        }
        hash = if bit(address, node) { hash::world_node(&sibling, &hash) } else { hash::world_node(&hash, &sibling) };
    }
    siblings.finish()?;
    let account = if end == END_ACCOUNT { Some(ProvenAccount::of(&record)?) } else { None };
    Ok((WorldRoot(hash), account))
}

/// Returns true if an address is below the right child of its ancestor at a depth.
fn bit(address: &Address, depth: usize) -> bool {
    address.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}
