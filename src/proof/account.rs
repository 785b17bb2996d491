//! The part of a proof that leads from an account to a world root. Its layout is drawn in `proof`.

use super::bits::{BitReader, BitWriter};
use super::error::Problem;
use crate::store::Account;
use crate::store::codec::Reader;
use crate::store::hash::{self, ACCOUNT_RECORD_BYTES, ZERO_NODE};
use crate::store::world::{Subtree, WorldPath};
use crate::units::{Address, CodeHash, StateRoot, Version, WorldRoot};

/// Bits of an address, and so the depth of the deepest place in the world tree.
const ADDRESS_BITS: usize = 8 * size_of::<Address>();

const END_EMPTY: u8 = 0;
const END_ACCOUNT: u8 = 1;
const END_OTHER: u8 = 2;

/// What a world root says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenAccount {
    /// The contract's code; nothing for an account that only sends.
    pub code_hash: Option<CodeHash>,
    /// Money.
    pub balance: u64,
    /// How many of its top-level calls were committed.
    pub nonce: u64,
    /// The state root of its storage.
    pub state: StateRoot,
    /// How often its storage changed.
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

/// Writes a proof of the account at an address, whose path ends at nothing or at the account of that record.
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
    // A path has at most as many nodes as an address has bits: 160.
    stream.raw(&[path.siblings.len() as u8]);
    path.siblings.iter().rev().for_each(|sibling| stream.hash(sibling));
    stream.finish()
}

/// Reads a proof of an account, and works out the root that it leads to.
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
        // Beside what is alone in its place there is something, or its place would be higher.
        if node + 1 == depth && sibling == ZERO_NODE {
            return Err(Problem::PathEnd);
        }
        hash = if bit(address, node) { hash::world_node(&sibling, &hash) } else { hash::world_node(&hash, &sibling) };
    }
    siblings.finish()?;
    let account = if end == END_ACCOUNT { Some(ProvenAccount::of(&record)?) } else { None };
    Ok((WorldRoot(hash), account))
}

/// Whether an address is in the right half of the node at a depth.
fn bit(address: &Address, depth: usize) -> bool {
    address.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}
