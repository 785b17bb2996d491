//! Why a proof is refused, and why one cannot be made.

use super::format::FORMAT;
use super::root::Root;
use crate::failure::FailureKind;
use crate::limits::{MAX_PROOF_RANGE_BYTES, MAX_STORAGE_PAGES, MAX_TREE_DEPTH};
use crate::store::{DecodeError, StoreError};
use crate::units::{Address, ByteOffset, PageIndex, StateRoot};

/// Why bytes prove nothing, or not what they should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The bytes are something else.
    #[error("it is not a proof: a proof begins with \"vellum proof\"")]
    NotAProof,
    /// A proof of another format.
    #[error("the proof has format {found}; this program verifies format {supported}", supported = FORMAT)]
    Format {
        /// The format that it says it has.
        found: u8,
    },
    /// The proof is not as it was made.
    #[error("the proof is damaged: {0}")]
    Damaged(DecodeError),
    /// The proof is not in the one form that a proof has.
    #[error("the proof is not in its one valid form: {0}")]
    Malformed(Problem),
    /// The storage leads to another state than the account has.
    #[error("the storage leads to the state root {storage}, but the account has {account}")]
    State {
        /// What the pages and ranges lead to.
        storage: StateRoot,
        /// What the account says.
        account: StateRoot,
    },
    /// The proof is of another root.
    #[error("the proof leads to the {found}, and not to 0x{}", const_hex::encode(expected))]
    Root {
        /// The root that it should lead to.
        expected: [u8; 32],
        /// The one that it leads to.
        found: Root,
    },
    /// The proof is of another contract.
    #[error("the proof is of {found}, and not of {expected}")]
    Contract {
        /// The contract that it should be of.
        expected: Address,
        /// The one that it is of.
        found: Address,
    },
}

/// How a proof differs from the one form that it could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It ends too early, goes on too long, or has a number in a longer form than needed.
    #[error(transparent)]
    Bytes(#[from] DecodeError),
    /// It is of no kind that there is.
    #[error("its kind {0} is none that there is")]
    Kind(u8),
    /// A proof of storage that is of nothing.
    #[error("it names neither a page nor a range of bytes")]
    Nothing,
    /// A page beyond those that a contract can have.
    #[error("it names page {0}, and the last that there can be is {last}", last = MAX_STORAGE_PAGES.0 - 1)]
    PageIndex(u64),
    /// A range beyond what a contract can have.
    #[error("it names the bytes {first} to {last}, and the last that there can be is {end}", end = MAX_STORAGE_PAGES.bytes() - 1)]
    Range {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// Ranges that are too long.
    #[error("its ranges have more than {MAX_PROOF_RANGE_BYTES} bytes together, which is the most")]
    RangeBytes,
    /// A tree of a depth that no contract has, or deeper than the pages of this one need.
    #[error("the depth {0} of its tree is not the least that its pages need, or more than {MAX_TREE_DEPTH}")]
    Depth(u32),
    /// A hash that is zero where it is said not to be.
    #[error("a hash is zero, but said not to be")]
    ZeroHash,
    /// A node that is not zero over two that are.
    #[error("a node is said not to be zero, but both below it are")]
    ZeroNode,
    /// Content that is too long, or ends with zeros, or is nothing but zeros.
    #[error("what it shows of the 512 bytes at {0} is too long or ends with zeros")]
    Content(ByteOffset),
    /// Bits that mean nothing.
    #[error("bits that are not needed are not zero")]
    SpareBits,
    /// The end of an account's path is of no kind that there is, or deeper than an address is long.
    #[error("the path to its account cannot end as it does")]
    PathEnd,
    /// An account that has a place to itself which is not on the path, or is the one sought.
    #[error("the account {0} cannot be at the end of its path")]
    OtherAccount(Address),
    /// A proof of the storage of an account that is not there.
    #[error("it is of the storage of an account that is not there")]
    NoAccount,
}

impl From<Problem> for ProofError {
    fn from(problem: Problem) -> Self {
        Self::Malformed(problem)
    }
}

/// Why a proof cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The store failed, or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither a page nor a range of bytes was asked for.
    #[error("a proof of storage needs a page or a range of bytes, and none was selected")]
    NothingSelected,
    /// A page that no contract can have.
    #[error("there is no page {0}: the last that there can be is {last}", last = MAX_STORAGE_PAGES.0 - 1)]
    PageIndex(PageIndex),
    /// A range without bytes.
    #[error("a range of no bytes at {0} cannot be proven: it should have one or more")]
    EmptyRange(ByteOffset),
    /// A range that no contract can have.
    #[error("there are no bytes {offset} to {offset} + {length}: the last that there can be is {last}", last = MAX_STORAGE_PAGES.bytes() - 1)]
    Range {
        /// The first byte.
        offset: ByteOffset,
        /// How many.
        length: u64,
    },
    /// Ranges that are too long.
    #[error(
        "ranges of {0} bytes together cannot be in one proof: it has room for {MAX_PROOF_RANGE_BYTES}, and for any number of pages"
    )]
    RangeBytes(u64),
    /// Storage of an account that is not there.
    #[error("there is no account at {0}, whose storage was to be proven")]
    NoAccount(Address),
}

impl ProveError {
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::NothingSelected
            | Self::PageIndex(_)
            | Self::EmptyRange(_)
            | Self::Range { .. }
            | Self::RangeBytes(_)
            | Self::NoAccount(_) => FailureKind::Input,
        }
    }
}
