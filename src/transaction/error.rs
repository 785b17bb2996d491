//! Errors of transactions that could not start, and failures of the host.

use std::io;

use crate::contract::ContractError;
use crate::failure::FailureKind;
use crate::machine::RuntimeError;
use crate::paging::{PagerKind, PagingError, Unavailable};
use crate::store::StoreError;
use crate::units::{Address, PageCount, PageIndex};

/// A transaction could not be run. A contract that reverts or halts is not an error: its
/// [`Receipt`](crate::receipt::Receipt) says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The store failed before or after the contract ran.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The contract's code is not valid.
    #[error(transparent)]
    Contract(Box<ContractError>),
    /// The contract exports no such function.
    #[error("the contract at {contract} exports no function {function:?}; it exports: {known}")]
    NoExport {
        /// The contract.
        contract: Address,
        /// The name that the call gives.
        function: String,
        /// The exports that the contract has.
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
    /// The input exceeds the limit.
    #[error("the input of {given} bytes is longer than the limit of {limit}")]
    InputLength {
        /// Bytes given.
        given: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The call has another nonce than its sender.
    #[error("{sender} has nonce {recorded}, but the call says {given}")]
    Nonce {
        /// The sender.
        sender: Address,
        /// The nonce in the store.
        recorded: u64,
        /// The nonce of the call.
        given: u64,
    },
    /// The sender's balance is less than the value of the call.
    #[error("{sender} has a balance of {balance}, less than the value {value} of the call")]
    Balance {
        /// The sender.
        sender: Address,
        /// Its balance.
        balance: u64,
        /// The value of the call.
        value: u64,
    },
    /// The balance would exceed what an account can hold.
    #[error("{address} has a balance of {balance}: {amount} more is over the largest amount, 2^64 - 1")]
    BalanceOverflow {
        /// The account.
        address: Address,
        /// Its balance.
        balance: u64,
        /// The amount that it would receive.
        amount: u64,
    },
    /// The host refused memory for a contract.
    #[error("no memory for the contract at {contract}: {source}")]
    Memory {
        /// The contract.
        contract: Address,
        /// The reason of the host.
        source: io::Error,
    },
    /// The store holds a page above the contract's page limit.
    #[error(
        "the store holds page {page} of the contract at {contract}, which is limited to {limit} pages: run `vellum check`"
    )]
    PageBeyondLimit {
        /// The contract.
        contract: Address,
        /// The page.
        page: PageIndex,
        /// Its page limit.
        limit: PageCount,
    },
    /// The storage of a contract does not fit the frame budget.
    #[error(
        "the contract at {contract} stores {needed} pages, more than the budget of {budget} frames kept in memory: the \
         pager resident needs a larger budget; soft needs none"
    )]
    FrameBudget {
        /// The contract.
        contract: Address,
        /// The number of its stored pages.
        needed: PageCount,
        /// The number of frames that the pool may keep.
        budget: PageCount,
    },
    /// A pager that this host cannot run.
    #[error("the pager {pager} does not work on this host: {reason}")]
    PagerUnavailable {
        /// The pager asked for.
        pager: PagerKind,
        /// What is missing, and what would help.
        reason: Unavailable,
    },
    /// The compiler or runtime failed in a way that no contract should be able to cause.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<StoreError> for TransactionError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<ContractError> for TransactionError {
    fn from(error: ContractError) -> Self {
        Self::Contract(Box::new(error))
    }
}

impl TransactionError {
    /// The kind of the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Contract(error) => error.kind(),
            Self::NoExport { .. }
            | Self::Arguments { .. }
            | Self::InputLength { .. }
            | Self::Nonce { .. }
            | Self::Balance { .. }
            | Self::BalanceOverflow { .. } => FailureKind::Input,
            Self::PageBeyondLimit { .. } => FailureKind::Damaged,
            Self::Memory { .. } | Self::FrameBudget { .. } | Self::PagerUnavailable { .. } | Self::Runtime(_) => {
                FailureKind::Host
            }
        }
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
