//! Why a measurement could not be made.

use std::path::PathBuf;

use crate::failure::FailureKind;
use crate::units::{PageIndex, StateRoot};

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
        source: crate::vm::Error,
    },
    /// The store under test could not be opened.
    #[error("opening the store at {path}: {source}")]
    Store {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: crate::store::StoreError,
    },
    /// The store under test failed.
    #[error("writing to the store by hand: {source}")]
    StoreUnderTest {
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
    /// Another system under test failed.
    #[error("{peer}: {reason}")]
    Peer {
        /// Which.
        peer: String,
        /// What was attempted, and what it said.
        reason: String,
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
    /// A workload has no contract that reaches its storage in this way.
    #[error("the workload {workload} has no form {form}")]
    NoForm {
        /// The workload.
        workload: &'static str,
        /// The form.
        form: super::workloads::Form,
    },
    /// A contract that was brought along may be none.
    #[error("{name}: {source}")]
    Contract {
        /// Its name.
        name: String,
        /// Why it was refused.
        source: Box<crate::contract::ContractError>,
    },
    /// A contract that was brought along has no such export.
    #[error("{contract} exports no function {function:?}; it exports: {known}")]
    NoSuchExport {
        /// The contract.
        contract: String,
        /// What was to be called.
        function: String,
        /// What there is.
        known: String,
    },
    /// Two contracts that are to be called in the same way cannot be.
    #[error("{function} of {contract} is {found}, but that of {against} is {other}: they should be the same")]
    Signatures {
        /// The export.
        function: String,
        /// The one contract.
        contract: String,
        /// What its export takes and gives.
        found: Box<str>,
        /// The other contract.
        against: String,
        /// What its export takes and gives.
        other: Box<str>,
    },
    /// Two contracts gave different answers to the same calls.
    #[error("after {when} the contracts differ: {one} gave {gave}, but {other} gave {gave_other}")]
    DifferentAnswers {
        /// After which calls.
        when: String,
        /// The one contract.
        one: String,
        /// What it gave.
        gave: String,
        /// The other.
        other: String,
        /// What that gave.
        gave_other: String,
    },
    /// Two contracts hold different bytes after the same calls.
    #[error(transparent)]
    DifferentStorage(Box<StorageDifference>),
    /// The same call of the same state came to something else than before.
    #[error("{what} gave {found}, but before {expected}")]
    Unsteady {
        /// Which call of which contract.
        what: String,
        /// What it came to.
        found: String,
        /// What it came to before.
        expected: String,
    },
    /// No experiment has this name.
    #[error("no experiment is called {name:?}; there are {known}")]
    UnknownExperiment {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// Settings that cannot be measured with.
    #[error("the settings {name}: {problem}")]
    Settings {
        /// The file, or the one that was to be changed.
        name: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A run cannot go on from what was measured before.
    #[error("the run in {path} cannot be resumed: {problem}")]
    Resume {
        /// Where its data is.
        path: PathBuf,
        /// What is in the way.
        problem: String,
    },
    /// A file that should be the data of a report is not.
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
    /// The measurements could not be written as JSON.
    #[error("writing the measurements as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl LabError {
    /// What the failure is about.
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
    "after {when} the storage of {one} and {other} differs in {pages} page(s), first in page {page} from byte {offset} on: {one} has {bytes} there, but {other} has {other_bytes}"
)]
pub struct StorageDifference {
    /// After which calls.
    pub when: String,
    /// How many pages differ.
    pub pages: usize,
    /// The first page that does.
    pub page: PageIndex,
    /// Its first byte that does.
    pub offset: usize,
    /// The one contract.
    pub one: String,
    /// Up to eight bytes of it, as hex.
    pub bytes: String,
    /// The other contract.
    pub other: String,
    /// As many bytes of that.
    pub other_bytes: String,
}
