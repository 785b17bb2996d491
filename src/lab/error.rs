//! Why a measurement could not be made.

use std::path::PathBuf;

use crate::units::StateRoot;

/// A failure of the lab. A contract's wrong answer is one too: what is wrong is not worth timing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The machine under test failed.
    #[error("{attempted}: {source}")]
    Vm {
        /// What was attempted, on what.
        attempted: String,
        /// What it said.
        source: crate::exec::Error,
    },
    /// The store under test could not be opened.
    #[error("opening the store at {path}: {source}")]
    Store {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: crate::store::StoreError,
    },
    /// The loop of a pager's system calls could not be run.
    #[error("touching pages by the system calls of {pager}: {source}")]
    ByHand {
        /// The pager whose mechanism it is.
        pager: crate::paging::PagerKind,
        /// What the host said.
        source: std::io::Error,
    },
    /// A call that has to return did not.
    #[error("{what} did not return: {how}")]
    NotReturned {
        /// Which call of which contract.
        what: String,
        /// How it ended.
        how: String,
    },
    /// A call gave a result that the native model does not give.
    #[error("{what} gave {found}, but the native model gives {expected}")]
    WrongResult {
        /// Which call of which contract.
        what: String,
        /// What the contract gave.
        found: String,
        /// What it should have given.
        expected: i64,
    },
    /// Storage ended in another state than the native model's.
    #[error("{what} ended in state {found}, but the native model ends in {expected}")]
    WrongState {
        /// Which contract, after what.
        what: String,
        /// The contract's state root.
        found: StateRoot,
        /// The model's.
        expected: StateRoot,
    },
    /// No experiment has this name.
    #[error("no experiment is called {name:?}; there are {known}")]
    UnknownExperiment {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// A plot could not be drawn.
    #[error("drawing the plot of {experiment}: {reason}")]
    Plot {
        /// Of which experiment.
        experiment: String,
        /// Why.
        reason: String,
    },
    /// A file could not be written or a directory made.
    #[error("{attempted} {path}: {source}")]
    Io {
        /// What was attempted.
        attempted: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The measurements could not be written as JSON, or read from it.
    #[error("the measurements as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
