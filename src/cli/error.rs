//! Why a command failed. What is wrong with the command line alone is refused before, while it is parsed.

use std::io;
use std::path::PathBuf;

use vellum::contract::ValueType;
use vellum::failure::FailureKind;
use vellum::fuzzing::search::SearchError;
use vellum::lab::LabError;
use vellum::proof::ProofError;
use vellum::receipt::Failed;
use vellum::store::{DecodeError, StoreError};
use vellum::units::CommitNumber;
use vellum::vm;

use super::expect::Mismatch;
use super::integer::{Integer, range_words};
use super::signals::Signal;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The VM refused or failed.
    #[error(transparent)]
    Vm(Box<vm::Error>),
    /// The store could not be opened, or failed.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// A measurement failed.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// A contract that could not be deployed.
    #[error("deploying {contract}: {source}")]
    Deploy { contract: String, source: Box<vm::Error> },
    /// A contract that could not be searched.
    #[error("{}: {problem}", path.display())]
    Contract { path: PathBuf, problem: Box<CliError> },
    /// A search could not begin or go on.
    #[error(transparent)]
    Search(Box<SearchError>),
    /// A file that could not be read or written.
    #[error("{attempted} {}: {source}", path.display())]
    File { attempted: &'static str, path: PathBuf, source: io::Error },
    /// Standard output took nothing, and not because its reader has gone.
    #[error("writing to standard output: {0}")]
    Output(io::Error),
    /// Too few or too many arguments of an export.
    #[error("{function}: the number of arguments should be {expected}, but is {given}")]
    ArgumentCount { function: String, expected: usize, given: usize },
    /// An argument that the parameter's type cannot hold.
    #[error("argument {position} of {function}: {given} is not {}", range_words(*expected))]
    ArgumentRange { function: String, position: usize, given: Integer, expected: ValueType },
    /// A line of a scenario, and why it failed.
    #[error("{file}:{line}: {problem}")]
    Scenario { file: String, line: usize, problem: Box<CliError> },
    /// A line that is not what a scenario consists of.
    #[error("{0}")]
    Line(String),
    /// A line that did not do what it was expected to.
    #[error(transparent)]
    Expectation(#[from] Mismatch),
    /// The process that was to check the store could not be used.
    #[error("checking the store in a process of its own: {0}")]
    CheckProcess(String),
    /// What the checking process said.
    #[error("{message}")]
    CheckFailed { kind: FailureKind, message: String },
    /// The check worked, and its answer is no.
    #[error("the store at {} has problems: {count}", path.display())]
    ProblemsFound { path: PathBuf, count: usize },
    /// A file that holds no diffs, or not whole.
    #[error("{} is not a file of diffs: {problem}", path.display())]
    DiffFile { path: PathBuf, problem: DecodeError },
    /// A commit that there is not.
    #[error("the store at {} has no commit {commit}", path.display())]
    NoCommit { commit: CommitNumber, path: PathBuf },
    /// A block that there is not.
    #[error("the store at {} has no block {number}", path.display())]
    NoBlock { number: u64, path: PathBuf },
    /// A file that should be a proof, and is not, or not of what it should be.
    #[error("verifying {}: {problem}", path.display())]
    Proof { path: PathBuf, problem: ProofError },
    /// The fuzzer worked, and has found something.
    #[error("the fuzzer has found something: it is in {}", path.display())]
    Found { path: PathBuf, kind: FailureKind },
    /// A scenario that was run again does what it should not.
    #[error("the scenario in {} fails", .0.display())]
    StillFails(PathBuf),
    /// A call of a block that is not what it should be.
    #[error("call {number} of the block: {problem}")]
    InBlock { number: usize, problem: Box<CliError> },
    /// A contract reverted or halted, and that was to be a failure.
    #[error(transparent)]
    NotReturned(#[from] Failed),
    /// Signals could not be listened to.
    #[error("preparing for signals: {0}")]
    Signals(io::Error),
    /// A signal came, and what was found until then is written.
    #[error("interrupted by {0}")]
    Interrupted(Signal),
    /// Something could not be written as JSON.
    #[error("writing JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Vm(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Lab(error) => error.kind(),
            Self::Search(error) => error.kind(),
            Self::Deploy { source, .. } => source.kind(),
            Self::Contract { problem, .. } | Self::Scenario { problem, .. } | Self::InBlock { problem, .. } => {
                problem.kind()
            }
            Self::File { source, .. } => FailureKind::of_file(source),
            Self::ArgumentCount { .. }
            | Self::ArgumentRange { .. }
            | Self::Line(_)
            | Self::Expectation(_)
            | Self::DiffFile { .. }
            | Self::NoCommit { .. }
            | Self::NoBlock { .. }
            | Self::Proof { .. } => FailureKind::Input,
            Self::CheckFailed { kind, .. } | Self::Found { kind, .. } => *kind,
            Self::NotReturned(_) => FailureKind::Contract,
            Self::ProblemsFound { .. } => FailureKind::Damaged,
            Self::Output(_) | Self::CheckProcess(_) | Self::StillFails(_) | Self::Signals(_) | Self::Json(_) => {
                FailureKind::Host
            }
            Self::Interrupted(_) => FailureKind::Interrupted,
        }
    }

    /// What the program ends with.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Scenario { problem, .. } => problem.exit_status(),
            Self::NotReturned(_) => 3,
            Self::Interrupted(signal) => signal.exit_status(),
            _ => 1,
        }
    }
}

impl From<vm::Error> for CliError {
    fn from(error: vm::Error) -> Self {
        Self::Vm(Box::new(error))
    }
}

impl From<SearchError> for CliError {
    fn from(error: SearchError) -> Self {
        Self::Search(Box::new(error))
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<LabError> for CliError {
    fn from(error: LabError) -> Self {
        Self::Lab(Box::new(error))
    }
}
