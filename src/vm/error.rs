//! Errors of the API: failures of the host, and requests that cannot be fulfilled.

use crate::contract::{ContractError, ImportError};
use crate::failure::FailureKind;
use crate::machine::RuntimeError;
use crate::proof::ProveError;
use crate::store::{Misfit, StoreError};
use crate::transaction::TransactionError;
use crate::units::{Address, CommitNumber, PageCount, Version};

/// Why the VM could not fulfil a request. A failure of a contract is never an error: its
/// [`Receipt`](crate::receipt::Receipt) has the status.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed before or after the contract ran.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The contract's code was refused.
    #[error(transparent)]
    Contract(Box<ContractError>),
    /// The compiler or the runtime failed. No contract should be able to cause this.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A transaction could not start, or the host failed in it.
    #[error(transparent)]
    Transaction(TransactionError),
    /// A custom host function cannot be imported by contracts.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The address has a contract already.
    #[error("there is an account at {0} already; another nonce gives another address")]
    AddressTaken(Address),
    /// A file of diffs has a contract that the store has already.
    #[error(
        "the store has the contract at {address} already, at version {newest}: a file that begins with the contract itself is \
         for a store without it; `vellum export-diffs --from {newest}` writes one with the versions after {newest}"
    )]
    ContractPresent {
        /// The contract.
        address: Address,
        /// Its newest version in the store.
        newest: Version,
    },
    /// A page limit is not allowed.
    #[error("the page limit {asked} is not allowed: {reason}")]
    PageLimit {
        /// The requested limit.
        asked: PageCount,
        /// The allowed limits.
        reason: String,
    },
    /// A range of storage goes beyond the contract's page limit.
    #[error("bytes {offset} to {offset} + {length} are not within the {limit} pages of the contract at {contract}")]
    StorageRange {
        /// The contract.
        contract: Address,
        /// The first byte.
        offset: u64,
        /// The number of bytes.
        length: u64,
        /// The page limit of the contract.
        limit: PageCount,
    },
    /// A proof cannot be made.
    #[error(transparent)]
    Proof(ProveError),
    /// A recorded receipt or block cannot be read.
    #[error("the receipt of commit {commit} cannot be read: {reason}")]
    ReceiptRecord {
        /// The commit that it records.
        commit: CommitNumber,
        /// Why it cannot be read.
        reason: String,
    },
    /// A call of a block could not start, or the host failed in it.
    #[error("the block was not executed: call {number}: {source}")]
    InBlock {
        /// The position of the call in the block, from 1.
        number: u64,
        /// The failure of the call.
        source: Box<Self>,
    },
    /// A diff of a file cannot be applied.
    #[error("no diff was applied: diff {number} does not fit: {misfit}")]
    Diff {
        /// The position of the diff in the file, from 1.
        number: u64,
        /// Why it does not fit.
        misfit: Misfit,
    },
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<ContractError> for Error {
    fn from(error: ContractError) -> Self {
        Self::Contract(Box::new(error))
    }
}

impl From<ProveError> for Error {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Store(error) => error.into(),
            ProveError::NoAccount(address) => StoreError::NoAccount(address).into(),
            other => Self::Proof(other),
        }
    }
}

/// Unwraps errors of lower layers, so that each has one variant whichever way it came.
impl From<TransactionError> for Error {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Store(error) => Self::Store(error),
            TransactionError::Contract(error) => Self::Contract(error),
            TransactionError::Runtime(error) => Self::Runtime(error),
            other => Self::Transaction(other),
        }
    }
}

impl Error {
    /// Returns the kind of failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Contract(error) => error.kind(),
            Self::Transaction(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::InBlock { source, .. } => source.kind(),
            Self::Runtime(_) => FailureKind::Host,
            Self::AddressTaken(_)
            | Self::ContractPresent { .. }
            | Self::PageLimit { .. }
            | Self::StorageRange { .. }
            | Self::Diff { .. }
            | Self::Import(_) => FailureKind::Input,
            Self::ReceiptRecord { .. } => FailureKind::Damaged,
        }
    }

    /// Returns true if a call could not start because of its value: the sender's balance is too low, or the balance of the
    /// contract would overflow.
    pub fn is_unpayable(&self) -> bool {
        matches!(self, Self::Transaction(TransactionError::Balance { .. } | TransactionError::BalanceOverflow { .. }))
    }
}
