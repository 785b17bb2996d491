//! Why a measurement failed.

use std::path::PathBuf;

use crate::failure::FailureKind;
use crate::units::{PageIndex, StateRoot};

/// A failure of the lab. A wrong answer from a contract is a failure too: wrong work is not worth timing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The VM under test failed.
    #[error("{attempted}: {source}")]
    Vm {
        /// What was attempted, on what.
        attempted: String,
        /// The VM's error.
        source: crate::vm::Error,
    },
    /// The store under test could not be opened.
    #[error("opening the store at {path}: {source}")]
    Store {
        /// The directory of the store.
        path: PathBuf,
        /// The store's error.
        source: crate::store::StoreError,
    },
    /// The store failed in the floor, which uses it without a VM.
    #[error("using the store directly, without a VM: {source}")]
    StoreUnderTest {
        /// The store's error.
        source: crate::store::StoreError,
    },
    /// The loop that issues a pager's system calls directly failed.
    #[error("touching pages with the system calls of {pager}: {source}")]
    ByHand {
        /// The pager that the loop imitates.
        pager: crate::paging::PagerKind,
        /// The system's error.
        source: std::io::Error,
    },
    /// Another system under test failed.
    #[error("{peer}: {reason}")]
    Peer {
        /// The system.
        peer: String,
        /// What was attempted, and the error.
        reason: String,
    },
    /// A call that must return did not.
    #[error("{what} did not return: {how}")]
    NotReturned {
        /// The call and its contract.
        what: String,
        /// How it ended.
        how: String,
    },
    /// A call returned another result than the native model.
    #[error("{what} returned {found}, but the native model returns {expected}")]
    WrongResult {
        /// The call and its contract.
        what: String,
        /// The contract's result.
        found: String,
        /// The native model's result.
        expected: i64,
    },
    /// Storage ended in another state than the native model's.
    #[error("{what} ended in state {found}, but the native model ends in {expected}")]
    WrongState {
        /// The contract and what it did.
        what: String,
        /// The contract's state root.
        found: StateRoot,
        /// The native model's state root.
        expected: StateRoot,
    },
    /// A workload has no contract in this form.
    #[error("the workload {workload} has no form {form}")]
    NoForm {
        /// The workload.
        workload: &'static str,
        /// The form.
        form: super::workloads::Form,
    },
    /// The user's contract is invalid.
    #[error("{name}: {source}")]
    Contract {
        /// Its name.
        name: String,
        /// Why it was refused.
        source: Box<crate::contract::ContractError>,
    },
    /// The user's contract has no such export.
    #[error("{contract} exports no function {function:?}; it exports: {known}")]
    NoSuchExport {
        /// The contract.
        contract: String,
        /// The function that was called.
        function: String,
        /// The functions that the contract exports.
        known: String,
    },
    /// Two contracts export the same function with different signatures.
    #[error("{function} of {contract} is {found}, but that of {against} is {other}: they should be the same")]
    Signatures {
        /// The export.
        function: String,
        /// The first contract.
        contract: String,
        /// The signature of its export.
        found: Box<str>,
        /// The second contract.
        against: String,
        /// The signature of its export.
        other: Box<str>,
    },
    /// Two contracts gave different answers to the same calls.
    #[error("after {when} the contracts differ: {one} gave {gave}, but {other} gave {gave_other}")]
    DifferentAnswers {
        /// The calls before.
        when: String,
        /// The first contract.
        one: String,
        /// Its answer.
        gave: String,
        /// The second contract.
        other: String,
        /// Its answer.
        gave_other: String,
    },
    /// Two contracts hold different bytes after the same calls.
    #[error(transparent)]
    DifferentStorage(Box<StorageDifference>),
    /// A call was repeated from the same state, and its answer changed.
    #[error("{what} gave {found}, but the same call gave {expected} before")]
    Unsteady {
        /// The call and its contract.
        what: String,
        /// The answer now.
        found: String,
        /// The earlier answer.
        expected: String,
    },
    /// No experiment has this name.
    #[error("no experiment is called {name:?}; there are {known}")]
    UnknownExperiment {
        /// The name that was asked for.
        name: String,
        /// The names of all experiments.
        known: String,
    },
    /// The settings are invalid.
    #[error("the settings {name}: {problem}")]
    Settings {
        /// The file, or the assignment that changes one setting.
        name: String,
        /// The problem, and the accepted values.
        problem: String,
    },
    /// An interrupted run cannot be resumed.
    #[error("the run in {path} cannot be resumed: {problem}")]
    Resume {
        /// The file with its data.
        path: PathBuf,
        /// What prevents it.
        problem: String,
    },
    /// A file is no valid data of a report.
    #[error("reading the data of a report from {path}: {problem}")]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A plot could not be drawn.
    #[error("drawing the plot of {experiment}: {reason}")]
    Plot {
        /// The experiment.
        experiment: String,
        /// Why.
        reason: String,
    },
    /// A file could not be read or written, or a directory could not be made.
    #[error("{attempted} {path}: {source}")]
    Io {
        /// What was attempted.
        attempted: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The measurements could not be written as JSON.
    #[error("writing the measurements as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl LabError {
    /// The kind of the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Vm { source, .. } => source.kind(),
            Self::Store { source, .. } | Self::StoreUnderTest { source } => source.kind(),
            Self::Contract { source, .. } => source.kind(),
            Self::NotReturned { .. }
            | Self::WrongResult { .. }
            | Self::WrongState { .. }
            | Self::Signatures { .. }
            | Self::DifferentAnswers { .. }
            | Self::DifferentStorage(_)
            | Self::Unsteady { .. } => FailureKind::Contract,
            Self::NoForm { .. }
            | Self::NoSuchExport { .. }
            | Self::UnknownExperiment { .. }
            | Self::Settings { .. }
            | Self::Resume { .. }
            | Self::Data { .. } => FailureKind::Input,
            Self::Io { source, .. } => FailureKind::of_file(source),
            Self::ByHand { .. } | Self::Peer { .. } | Self::Plot { .. } | Self::Json(_) => FailureKind::Host,
        }
    }
}

/// Where the storage of two contracts differs after the same calls.
#[derive(Debug, thiserror::Error)]
#[error(
    "after {when} the storage of {one} and {other} differs in {pages} page(s), first at byte {offset} of page {page}: {one} has {bytes} there, but {other} has {other_bytes}"
)]
pub struct StorageDifference {
    /// The calls before.
    pub when: String,
    /// How many pages differ.
    pub pages: usize,
    /// The first page that differs.
    pub page: PageIndex,
    /// Its first byte that differs.
    pub offset: usize,
    /// The first contract.
    pub one: String,
    /// Up to eight of its bytes from there on, as hex.
    pub bytes: String,
    /// The second contract.
    pub other: String,
    /// The bytes that it has in the same place.
    pub other_bytes: String,
}
