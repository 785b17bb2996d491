//! Verification of proofs, without a store.

use super::format::{FORMAT, Kind, MAGIC};
use super::root::Root;
use super::storage::{self, ProvenStorage};
use super::{Problem, ProofError, ProvenAccount, ProvenPage, ProvenRange, account};
use crate::store::codec::{self, Reader};
use crate::units::{Address, StateRoot};

/// The content that a proof shows. It is proven if the root is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proven<'a> {
    /// The address of the contract or account.
    pub address: Address,
    /// The root to which the proof leads. The caller must trust it.
    pub root: Root,
    /// The state root of the contract; `None` if the account does not exist.
    pub state: Option<StateRoot>,
    /// The account, in a proof that leads to a world root; `None` if it does not exist or the proof leads to a state root.
    pub account: Option<ProvenAccount>,
    /// The pages, in ascending order.
    pub pages: Vec<ProvenPage<'a>>,
    /// The byte ranges, in ascending order. They neither touch nor overlap.
    pub ranges: Vec<ProvenRange<'a>>,
}

/// Verifies proofs, and compares them with an expected root and address.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verifier {
    root: Option<[u8; 32]>,
    contract: Option<Address>,
}

impl Verifier {
    /// Creates a verifier that accepts proofs of any contract that lead to any root. Its caller must compare [`Proven::root`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts only proofs that lead to this root: a [`StateRoot`] or a [`WorldRoot`](crate::units::WorldRoot).
    ///
    /// A state root and a world root cannot be confused: no data hashes to both, and zero is the root of an empty tree of either kind.
    pub fn root(mut self, root: impl Into<[u8; 32]>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// Accepts only proofs of this contract or account.
    pub fn contract(mut self, contract: Address) -> Self {
        self.contract = Some(contract);
        self
    }

    /// Verifies a proof and returns the content that it shows. `bytes` may be any bytes.
    pub fn verify<'a>(&self, bytes: &'a [u8]) -> Result<Proven<'a>, ProofError> {
        let proven = decode(bytes)?;
        match (self.contract, self.root) {
            (Some(expected), _) if expected != proven.address => {
                Err(ProofError::Contract { expected, found: proven.address })
            }
            (_, Some(expected)) if expected != *proven.root.as_bytes() => {
                Err(ProofError::Root { expected, found: proven.root })
            }
            _ => Ok(proven),
        }
    }
}

fn decode(bytes: &[u8]) -> Result<Proven<'_>, ProofError> {
    let (&found, _) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first).ok_or(ProofError::NotAProof)?;
    if found != FORMAT {
        return Err(ProofError::Format { found });
    }
    let body = codec::unseal(MAGIC, bytes).map_err(ProofError::Damaged)?;
    let body = body.get(MAGIC.len() + 1..).ok_or(ProofError::Damaged(codec::DecodeError::Truncated))?;
    let mut reader = Reader::new(body);
    let proven = parts(&mut reader)?;
    reader.finish().map_err(Problem::Bytes)?;
    Ok(proven)
}

fn parts<'a>(reader: &mut Reader<'a>) -> Result<Proven<'a>, ProofError> {
    let kind = reader.u8().map_err(Problem::Bytes)?;
    let address = Address(reader.array().map_err(Problem::Bytes)?);
    match kind {
        _ if kind == Kind::Storage as u8 => {
            let ProvenStorage { state, pages, ranges } = storage::decode(&address, reader)?;
            Ok(Proven { address, root: Root::State(state), state: Some(state), account: None, pages, ranges })
        }
        _ if kind == Kind::Account as u8 => {
            let (world, account) = account::decode(&address, reader)?;
            let state = account.map(|account| account.state);
            let root = Root::World(world);
            Ok(Proven { address, root, state, account, pages: Vec::new(), ranges: Vec::new() })
        }
        _ if kind == Kind::StorageInWorld as u8 => {
            let (world, account) = account::decode(&address, reader)?;
            let account = account.ok_or(Problem::NoAccount)?;
            let ProvenStorage { state, pages, ranges } = storage::decode(&address, reader)?;
            if account.state != state {
                return Err(ProofError::State { storage: state, account: account.state });
            }
            let root = Root::World(world);
            Ok(Proven { address, root, state: Some(state), account: Some(account), pages, ranges })
        }
        _ => Err(Problem::Kind(kind).into()),
    }
}
