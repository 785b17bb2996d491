//! Errors of the search.

use crate::failure::FailureKind;
use crate::vm;

/// An error that prevents a search or ends it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The VM failed, or refused to deploy an actor.
    #[error(transparent)]
    Vm(#[from] vm::Error),
    /// No contract under test exports the invariant or view.
    #[error("none of the contracts under test exports {name:?}; they export: {known}")]
    NoInvariant {
        /// The name of the invariant or view.
        name: String,
        /// The names that the contracts export.
        known: String,
    },
    /// An invariant or view has parameters, or not exactly one result.
    #[error(
        "{contract}.{name} is {signature}, so it cannot be an invariant: it must take nothing and return one i32 or i64, which is 1 while the invariant holds"
    )]
    Signature {
        /// The contract.
        contract: String,
        /// The export.
        name: String,
        /// Its parameters and results.
        signature: String,
    },
    /// An invariant does not hold before the first transaction.
    #[error("{invariant} does not hold before the first transaction of the search: it {answer}")]
    FromTheStart {
        /// The contract and the export.
        invariant: String,
        /// The way in which it fails, as a verb.
        answer: String,
    },
    /// An invariant changes the state.
    #[error("{invariant} cannot be an invariant: it {what}, and an invariant must only read")]
    Changes {
        /// The contract and the export.
        invariant: String,
        /// The change, as a verb.
        what: String,
    },
    /// The contracts export no function but the invariants.
    #[error("the contracts under test export no function besides the invariants")]
    NothingToCall,
}

impl SearchError {
    /// Returns the published kind of the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Vm(error) => error.kind(),
            Self::NoInvariant { .. } | Self::Signature { .. } => FailureKind::Input,
            Self::FromTheStart { .. } | Self::Changes { .. } | Self::NothingToCall => FailureKind::Contract,
        }
    }
}
