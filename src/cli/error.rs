//! Errors of commands. Usage errors are not among them: the parser of the command line reports them before.

use std::io;
use std::path::PathBuf;

use vellum::contract::ValueType;
use vellum::failure::FailureKind;
use vellum::fuzzing::Lack;
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
    /// A contract could not be deployed.
    #[error("deploying {contract}: {source}")]
    Deploy { contract: String, source: Box<vm::Error> },
    /// A contract could not be searched.
    #[error("{}: {problem}", path.display())]
    Contract { path: PathBuf, problem: Box<CliError> },
    /// A search could not start, or failed.
    #[error(transparent)]
    Search(Box<SearchError>),
    /// A file could not be read or written.
    #[error("{attempted} {}: {source}", path.display())]
    File { attempted: &'static str, path: PathBuf, source: io::Error },
    /// Standard output could not be written, though its reader is still there.
    #[error("writing to standard output: {0}")]
    Output(io::Error),
    /// The number of arguments is not that of the export's parameters.
    #[error("{function}: the number of arguments must be {expected}, but is {given}")]
    ArgumentCount { function: String, expected: usize, given: usize },
    /// An argument is out of the range of its parameter's type.
    #[error("argument {position} of {function}: {given} is not {}", range_words(*expected))]
    ArgumentRange { function: String, position: usize, given: Integer, expected: ValueType },
    /// A line of a scenario failed.
    #[error("{file}:{line}: {problem}")]
    Scenario { file: String, line: usize, problem: Box<CliError> },
    /// A line of a scenario is invalid.
    #[error("{0}")]
    Line(String),
    /// The result of a line differs from its expectation.
    #[error(transparent)]
    Expectation(#[from] Mismatch),
    /// The child process that checks the store could not run, or gave no report.
    #[error("checking the store in a child process: {0}")]
    CheckProcess(String),
    /// The child process that checks the store failed.
    #[error("{message}")]
    CheckFailed { kind: FailureKind, message: String },
    /// The check found problems.
    #[error("the store at {} has problems: {count}", path.display())]
    ProblemsFound { path: PathBuf, count: usize },
    /// A file is not a complete file of diffs.
    #[error("{} is not a file of diffs: {problem}", path.display())]
    DiffFile { path: PathBuf, problem: DecodeError },
    /// The store has no such commit.
    #[error("the store at {} has no commit {commit}", path.display())]
    NoCommit { commit: CommitNumber, path: PathBuf },
    /// The store has no such block.
    #[error("the store at {} has no block {number}", path.display())]
    NoBlock { number: u64, path: PathBuf },
    /// A file is not a valid proof of what it should prove.
    #[error("verifying {}: {problem}", path.display())]
    Proof { path: PathBuf, problem: ProofError },
    /// The fuzzer has a finding.
    #[error("the fuzzer has a finding, saved in {}", path.display())]
    Found { path: PathBuf, kind: FailureKind },
    /// The host lacks what fuzzing needs.
    #[error(transparent)]
    Lack(#[from] Lack),
    /// A replayed finding still fails.
    #[error("the scenario in {} fails", .0.display())]
    StillFails(PathBuf),
    /// A call of a block is invalid.
    #[error("call {number} of the block: {problem}")]
    InBlock { number: usize, problem: Box<CliError> },
    /// A contract reverted or halted, and `--fail` makes that a failure.
    #[error(transparent)]
    NotReturned(#[from] Failed),
    /// Signal handlers could not be installed.
    #[error("preparing for signals: {0}")]
    Signals(io::Error),
    /// A signal arrived. The results until then are written.
    #[error("interrupted by {0}")]
    Interrupted(Signal),
    /// `--no-lock` was given to a command that changes the store.
    #[error("--no-lock is for commands that only read; this one changes the store")]
    WritesWithoutLock,
    /// A document could not be encoded as JSON.
    #[error("writing JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// Returns the published kind of the failure.
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
            Self::Lack(Lack { refusal, .. }) => match FailureKind::of_file(refusal) {
                FailureKind::Full => FailureKind::Full,
                _ => FailureKind::Host,
            },
            Self::Interrupted(_) => FailureKind::Interrupted,
            Self::WritesWithoutLock => FailureKind::Usage,
        }
    }

    /// Returns the exit status of the process.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Scenario { problem, .. } => problem.exit_status(),
            Self::NotReturned(_) => 3,
            Self::WritesWithoutLock => 2,
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
