//! Why a command failed. What is wrong with the command line alone is refused before, while it is parsed.

use std::io;
use std::path::PathBuf;

use vellum::contract::ValueType;
use vellum::fuzzing::search::SearchError;
use vellum::lab::LabError;
use vellum::proof::ProofError;
use vellum::store::{DecodeError, StoreError};
use vellum::units::CommitNumber;
use vellum::vm;

use super::arguments::{Integer, range_words};
use super::scenario::Mismatch;

/// A command that failed: exit status 1.
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
    #[error("{0}")]
    CheckFailed(String),
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
    Found { path: PathBuf },
    /// A scenario that was run again does what it should not.
    #[error("the scenario in {} fails", .0.display())]
    StillFails(PathBuf),
    /// The handler of Ctrl-C could not be set.
    #[error("preparing for Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
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
