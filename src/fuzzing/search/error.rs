//! Why a search cannot begin or go on.

use crate::failure::FailureKind;
use crate::vm;

/// A search that cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The virtual machine failed, or refused one of the search's own contracts.
    #[error(transparent)]
    Vm(#[from] vm::Error),
    /// No contract under test exports an invariant or a view.
    #[error("none of the contracts under test exports {name:?}; they export: {known}")]
    NoInvariant {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An invariant or view that cannot be asked.
    #[error(
        "{contract}.{name} cannot be asked, as it is {signature}: it should take nothing and give one i32 or i64, which is 1 while all is well"
    )]
    Signature {
        /// The contract.
        contract: String,
        /// The export.
        name: String,
        /// What it takes and gives.
        signature: String,
    },
    /// An invariant that does not hold before anything was called.
    #[error("{invariant} does not hold before the search has called anything: it {answer}")]
    FromTheStart {
        /// The contract and the export.
        invariant: String,
        /// What it answered.
        answer: String,
    },
    /// An invariant that changes what it is to judge.
    #[error("{invariant} is not a judge of the state: it {what}, and an invariant may only read")]
    Changes {
        /// The contract and the export.
        invariant: String,
        /// What it did.
        what: String,
    },
    /// No function can be called but the invariants.
    #[error("the contracts under test export nothing that could be called but the invariants")]
    NothingToCall,
}

impl SearchError {
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Vm(error) => error.kind(),
            Self::NoInvariant { .. } | Self::Signature { .. } => FailureKind::Input,
            Self::FromTheStart { .. } | Self::Changes { .. } | Self::NothingToCall => FailureKind::Contract,
        }
    }
}
