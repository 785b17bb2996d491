//! Failures of the host, and transactions that could not begin.

use std::io;

use crate::contract::ContractError;
use crate::paging::{PagerKind, PagingError, Unavailable};
use crate::proof::ProveError;
use crate::store::{Misfit, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageCount, PageIndex};

/// Why the VM could not do what it was asked. What a contract does is never an error but a [`super::Receipt`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed before or after the contract ran.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The contract's code was refused.
    #[error(transparent)]
    Contract(Box<ContractError>),
    /// Nothing was ever recorded at the address.
    #[error("there is no account at {0}")]
    NoAccount(Address),
    /// The address has no code.
    #[error("there is no contract at {0}")]
    NoContract(Address),
    /// The account names code that the store does not hold.
    #[error("the store holds no code {hash} for the contract at {contract}: run `vellum check`")]
    NoCode {
        /// The contract.
        contract: Address,
        /// Its code's hash.
        hash: CodeHash,
    },
    /// The contract exports no such function.
    #[error("the contract at {contract} exports no function {function:?}; it exports: {known}")]
    NoExport {
        /// The contract.
        contract: Address,
        /// What was to be called.
        function: String,
        /// What there is.
        known: String,
    },
    /// Arguments of the wrong number or type.
    #[error("{function} takes {expected}, but was given {given}")]
    Arguments {
        /// The export with its contract.
        function: String,
        /// The types of its parameters.
        expected: String,
        /// The types that were given.
        given: String,
    },
    /// Input over the limit.
    #[error("the input of {given} bytes is longer than the limit of {limit}")]
    InputLength {
        /// Bytes given.
        given: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The sender's nonce is another.
    #[error("{sender} has nonce {recorded}, but the call says {given}")]
    Nonce {
        /// Who sends.
        sender: Address,
        /// The nonce in the store.
        recorded: u64,
        /// The nonce of the call.
        given: u64,
    },
    /// The sender does not have the value.
    #[error("{sender} has a balance of {balance}, less than the value {value} of the call")]
    Balance {
        /// Who sends.
        sender: Address,
        /// What it has.
        balance: u64,
        /// What it would give.
        value: u64,
    },
    /// More money than an account can hold.
    #[error("{address} has a balance of {balance}: {amount} more is over the largest amount, 2^64 - 1")]
    BalanceOverflow {
        /// The account.
        address: Address,
        /// What it has.
        balance: u64,
        /// What it would get.
        amount: u64,
    },
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
    /// The host gave no memory for a contract.
    #[error("the host refused memory for the contract at {contract}: {source}")]
    Memory {
        /// The contract.
        contract: Address,
        /// Why.
        source: io::Error,
    },
    /// The store holds a page that the contract cannot have.
    #[error(
        "the store holds page {page} of the contract at {contract}, which is limited to {limit} pages: run `vellum check`"
    )]
    PageBeyondLimit {
        /// The contract.
        contract: Address,
        /// Which page.
        page: PageIndex,
        /// Its page limit.
        limit: PageCount,
    },
    /// A contract whose storage is too large to be kept in memory.
    #[error(
        "the contract at {contract} stores {needed} pages, more than the budget of {budget} frames kept in memory: the \
         pager resident needs a larger budget; soft needs none"
    )]
    FrameBudget {
        /// The contract.
        contract: Address,
        /// Pages that it stores.
        needed: PageCount,
        /// Frames that may be kept.
        budget: PageCount,
    },
    /// A pager that this host cannot run.
    #[error("the pager {pager} does not work on this host: {reason}")]
    PagerUnavailable {
        /// The pager asked for.
        pager: PagerKind,
        /// What is lacking, and what would help.
        reason: Unavailable,
    },
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
    /// The compiler or runtime failed in a way that no contract should be able to cause.
    #[error("while {attempt}: {message}")]
    Runtime {
        /// What was attempted.
        attempt: String,
        /// What the runtime said.
        message: String,
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

impl Error {
    pub(super) fn runtime(attempt: impl Into<String>, error: &wasmtime::Error) -> Self {
        Self::Runtime { attempt: attempt.into(), message: format!("{error:#}") }
    }

    pub(super) fn paging(contract: Address, error: PagingError) -> Self {
        match error {
            PagingError::Store(error) => error.into(),
            PagingError::BeyondLimit { page, limit } => Self::PageBeyondLimit { contract, page, limit },
            PagingError::Budget { needed, budget } => Self::FrameBudget { contract, needed, budget },
            PagingError::Memory(source) => Self::Memory { contract, source },
        }
    }
}
