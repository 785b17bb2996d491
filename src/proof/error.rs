//! The errors of verifying and making proofs.

use super::format::FORMAT;
use super::root::Root;
use crate::failure::FailureKind;
use crate::limits::{MAX_PROOF_RANGE_BYTES, MAX_STORAGE_PAGES, MAX_TREE_DEPTH};
use crate::store::{DecodeError, StoreError};
use crate::units::{Address, ByteOffset, PageIndex, StateRoot};

/// The reason why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The bytes do not begin like a proof.
    #[error("it is not a proof: a proof begins with \"vellum proof\"")]
    NotAProof,
    /// The proof has a format version that this program does not verify.
    #[error("the proof has format {found}; this program verifies format {supported}", supported = FORMAT)]
    Format {
        /// The format version of the proof.
        found: u8,
    },
    /// The checksum shows that the proof was changed after it was made.
    #[error("the proof is damaged: {0}")]
    Damaged(DecodeError),
    /// The proof is not in the canonical form.
    #[error("the proof is not in its one valid form: {0}")]
    Malformed(Problem),
    /// The storage part leads to another state root than that of the account part.
    #[error("the storage leads to the state root {storage}, but the account has {account}")]
    State {
        /// The state root to which the pages and ranges lead.
        storage: StateRoot,
        /// The state root of the account.
        account: StateRoot,
    },
    /// The proof leads to another root.
    #[error("the proof leads to the {found}, and not to 0x{}", const_hex::encode(expected))]
    Root {
        /// The expected root.
        expected: [u8; 32],
        /// The root to which the proof leads.
        found: Root,
    },
    /// The proof is of another contract or account.
    #[error("the proof is of {found}, and not of {expected}")]
    Contract {
        /// The expected address.
        expected: Address,
        /// The address in the proof.
        found: Address,
    },
}

/// How a proof differs from the canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The proof ends too early, has bytes after its end, or has a number in a longer form than needed.
    #[error(transparent)]
    Bytes(#[from] DecodeError),
    /// The kind of the proof does not exist.
    #[error("its kind {0} is none that there is")]
    Kind(u8),
    /// The proof of storage names neither a page nor a range.
    #[error("it names neither a page nor a range of bytes")]
    Nothing,
    /// A page lies beyond the largest storage that a contract can have.
    #[error("it names page {0}, and the last that there can be is {last}", last = MAX_STORAGE_PAGES.0 - 1)]
    PageIndex(u64),
    /// A range ends beyond the largest storage that a contract can have.
    #[error("it names the bytes {first} to {last}, and the last that there can be is {end}", end = MAX_STORAGE_PAGES.bytes() - 1)]
    Range {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// The ranges together have too many bytes.
    #[error("its ranges have more than {MAX_PROOF_RANGE_BYTES} bytes together, which is the most")]
    RangeBytes,
    /// The state tree is deeper than any contract's, or deeper than its pages need.
    #[error("the depth {0} of its tree is not the least that its pages need, or more than {MAX_TREE_DEPTH}")]
    Depth(u32),
    /// A hash is zero, although the bit before it says otherwise.
    #[error("a hash is zero, but said not to be")]
    ZeroHash,
    /// Both children of a node are zero, although the bit of the node says that it is not zero.
    #[error("a node is said not to be zero, but both below it are")]
    ZeroNode,
    /// The content of a chunk is empty, is too long or ends with a zero.
    #[error("what it shows of the 512 bytes at {0} is too long or ends with zeros")]
    Content(ByteOffset),
    /// Unused bits are not zero.
    #[error("bits that are not needed are not zero")]
    SpareBits,
    /// The path to the account ends in an unknown way, is longer than an address has bits, or has an empty deepest sibling.
    #[error("the path to its account cannot end as it does")]
    PathEnd,
    /// The other account at the end of the path does not lie on the path, or is the requested account itself.
    #[error("the account {0} cannot be at the end of its path")]
    OtherAccount(Address),
    /// The proof shows the storage of an account that does not exist.
    #[error("it is of the storage of an account that is not there")]
    NoAccount,
}

impl From<Problem> for ProofError {
    fn from(problem: Problem) -> Self {
        Self::Malformed(problem)
    }
}

/// The reason why a proof cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The store failed or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither a page nor a range was selected.
    #[error("a proof of storage needs a page or a range of bytes, and none was selected")]
    NothingSelected,
    /// A selected page lies beyond the largest storage that a contract can have.
    #[error("there is no page {0}: the last that there can be is {last}", last = MAX_STORAGE_PAGES.0 - 1)]
    PageIndex(PageIndex),
    /// A selected range is empty.
    #[error("a range of no bytes at {0} cannot be proven: it should have one or more")]
    EmptyRange(ByteOffset),
    /// A selected range ends beyond the largest storage that a contract can have.
    #[error("there are no bytes {offset} to {offset} + {length}: the last that there can be is {last}", last = MAX_STORAGE_PAGES.bytes() - 1)]
    Range {
        /// The first byte.
        offset: ByteOffset,
        /// The number of bytes.
        length: u64,
    },
    /// The selected ranges together have too many bytes.
    #[error(
        "ranges of {0} bytes together cannot be in one proof: it has room for {MAX_PROOF_RANGE_BYTES}, and for any number of pages"
    )]
    RangeBytes(u64),
    /// The account whose storage was selected does not exist.
    #[error("there is no account at {0}, whose storage was to be proven")]
    NoAccount(Address),
}

impl ProveError {
    /// Returns the kind of the failure.
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
