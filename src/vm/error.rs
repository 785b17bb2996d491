//! Failures of the host, and transactions that could not begin.

use crate::contract::{ContractError, ImportError};
use crate::failure::FailureKind;
use crate::machine::RuntimeError;
use crate::proof::ProveError;
use crate::store::{Misfit, StoreError};
use crate::transaction::TransactionError;
use crate::units::{Address, CommitNumber, PageCount};

/// Why the VM could not do what it was asked. What a contract does is never an error but a [`Receipt`](crate::receipt::Receipt).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed before or after the contract ran.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The contract's code was refused.
    #[error(transparent)]
    Contract(Box<ContractError>),
    /// The compiler or runtime failed in a way that no contract should be able to cause.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A transaction could not begin, or the host failed under it.
    #[error(transparent)]
    Transaction(TransactionError),
    /// A function of the embedder's own cannot be imported by contracts.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A contract is there already.
    #[error("there is an account at {0} already; another nonce gives another address")]
    AddressTaken(Address),
    /// A page limit that cannot be.
    #[error("a page limit of {asked} was asked for: {reason}")]
    PageLimit {
        /// The limit asked for.
        asked: PageCount,
        /// What would be right.
        reason: String,
    },
    /// A range of storage beyond the contract's limit.
    #[error("bytes {offset} to {offset} + {length} are not within the {limit} pages of the contract at {contract}")]
    StorageRange {
        /// The contract.
        contract: Address,
        /// First byte.
        offset: u64,
        /// How many.
        length: u64,
        /// Its page limit.
        limit: PageCount,
    },
    /// A proof that cannot be made of what was asked for.
    #[error(transparent)]
    Proof(ProveError),
    /// A receipt that cannot be read.
    #[error("the receipt of commit {commit} is not one this program reads: {reason}")]
    ReceiptRecord {
        /// Whose receipt.
        commit: CommitNumber,
        /// What is wrong with it.
        reason: String,
    },
    /// A call of a block that could not begin, or failed by the host.
    #[error("nothing of the block was done: its call {number}: {source}")]
    InBlock {
        /// Which of its calls, the first being 1.
        number: u64,
        /// Why not.
        source: Box<Self>,
    },
    /// A diff that cannot be applied.
    #[error("nothing was applied: diff {number} does not fit: {misfit}")]
    Diff {
        /// Which of the file, the first being 1.
        number: u64,
        /// Why not.
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

/// What is another layer's failure stays that, whichever layer it came through.
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
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Contract(error) => error.kind(),
            Self::Transaction(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::InBlock { source, .. } => source.kind(),
            Self::Runtime(_) => FailureKind::Host,
            Self::AddressTaken(_)
            | Self::PageLimit { .. }
            | Self::StorageRange { .. }
            | Self::Diff { .. }
            | Self::Import(_) => FailureKind::Input,
            Self::ReceiptRecord { .. } => FailureKind::Damaged,
        }
    }

    /// Whether a call could not begin because its value cannot be paid: its sender has less, or its contract would have more
    /// than an account can hold.
    pub fn is_unpayable(&self) -> bool {
        matches!(self, Self::Transaction(TransactionError::Balance { .. } | TransactionError::BalanceOverflow { .. }))
    }
}
