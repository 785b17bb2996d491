//! What can go wrong in a store.

use std::io;
use std::path::PathBuf;

use super::codec::DecodeError;
use super::{Moment, Record};
use crate::failure::FailureKind;
use crate::units::{Address, CodeHash, CommitNumber, Version};

/// A failure of the store. Each says what was attempted, and on what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path names something that is not a directory.
    #[error("cannot open a store at {}: it is not a directory", path.display())]
    NotADirectory {
        /// The store's path.
        path: PathBuf,
    },
    /// There is no store, and none was to be made.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// The store's path.
        path: PathBuf,
    },
    /// The directory holds something else.
    #[error("{} is not a store: {reason}", path.display())]
    NotAStore {
        /// The store's path.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store was written in another format.
    #[error("the store at {} has format {found}; this program reads format {supported}", path.display())]
    Format {
        /// The store's path.
        path: PathBuf,
        /// The format that it says it has.
        found: u64,
        /// The format that this program knows.
        supported: u64,
    },
    /// Another process has the store open for writing.
    #[error("the store at {} is open for writing in another process; only one can write at a time", path.display())]
    Locked {
        /// The store's path.
        path: PathBuf,
    },
    /// This process has the store open in a way that does not allow what was asked.
    #[error("this process has the store at {} open {open}; it cannot be opened {asked} beside that", path.display())]
    AlreadyOpen {
        /// The store's path.
        path: PathBuf,
        /// How it is open.
        open: &'static str,
        /// What was asked.
        asked: &'static str,
    },
    /// The process has too little address space left.
    #[error(
        "cannot reserve {bytes} bytes of address space for the store at {}: raise the limit on virtual memory, or \
         close other stores",
        path.display()
    )]
    AddressSpace {
        /// The store's path.
        path: PathBuf,
        /// The least that would have served.
        bytes: usize,
    },
    /// More snapshots are held at once, in all processes together, than the store can keep apart.
    #[error("the store at {} has no room for another reader: all {limit} snapshots are in use", path.display())]
    ReadersFull {
        /// The store's path.
        path: PathBuf,
        /// How many there can be.
        limit: u32,
    },
    /// No space for a commit. Nothing of it was kept; the store is as before.
    #[error("{attempted} in the store at {}: no space left ({reason})", path.display())]
    Full {
        /// The store's path.
        path: PathBuf,
        /// What was being done.
        attempted: &'static str,
        /// What has no space left.
        reason: String,
    },
    /// The store was opened for reading only.
    #[error("cannot write: the store at {} is open for reading only", path.display())]
    ReadOnly {
        /// The store's path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{attempted} {}: {source}", path.display())]
    Io {
        /// What was being done, as the beginning of a sentence that the path ends.
        attempted: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database under the store finds its own pages damaged.
    #[error("{attempted} in the store at {}: {message}", path.display())]
    Corrupted {
        /// The store's path.
        path: PathBuf,
        /// What was being done.
        attempted: &'static str,
        /// What the database says.
        message: String,
    },
    /// The database under the store failed.
    #[error("{attempted} in the store at {}: {message}", path.display())]
    Backend {
        /// The store's path.
        path: PathBuf,
        /// What was being done.
        attempted: &'static str,
        /// What the database says.
        message: String,
    },
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
    /// What a batch started from is no longer what is recorded. Take a new snapshot and do the work again.
    #[error("the account {address} has changed since the snapshot that this commit started from")]
    Conflict {
        /// The account.
        address: Address,
    },
    /// A commit out of turn. Take a new snapshot and do the work again.
    #[error("commit {given} cannot follow commit {head}")]
    CommitOrder {
        /// The last commit.
        head: CommitNumber,
        /// The one that was to be made.
        given: CommitNumber,
    },
    /// A block out of turn.
    #[error("block {given} cannot follow {}", last.map_or("no block".to_owned(), |last| format!("block {last}")))]
    BlockOrder {
        /// The last block.
        last: Option<u64>,
        /// The one that was to be made; 2^64 - 1 is none.
        given: u64,
    },
    /// A batch that contradicts itself.
    #[error("refused a batch: {reason}, at account {address}")]
    InvalidBatch {
        /// The rule that it breaks.
        reason: &'static str,
        /// Where.
        address: Address,
    },
    /// A version that there is not.
    #[error("{address} has no version {version}; its newest is {newest}")]
    NoVersion {
        /// The contract.
        address: Address,
        /// The version asked for.
        version: Version,
        /// The newest that it has; 0 also for an address without a contract.
        newest: Version,
    },
    /// A commit that there is not.
    #[error("there is no {moment}: the last is {head}")]
    NoMoment {
        /// The moment asked for.
        moment: Moment,
        /// The newest.
        head: Moment,
    },
    /// What was asked for has been pruned.
    #[error("the history of {address} before version {kept} was pruned")]
    Pruned {
        /// The contract.
        address: Address,
        /// The oldest version that can be read.
        kept: Version,
    },
    /// A version of a damaged contract that nothing leads to.
    #[error("cannot bring back version {version} of {address}, which is damaged: {reason}")]
    NoWayBack {
        /// The contract.
        address: Address,
        /// The version asked for.
        version: Version,
        /// What its diffs lead to from its first version on.
        reason: String,
    },
    /// What is stored is not what was written.
    #[error("{record} is damaged: {problem}")]
    Damaged {
        /// Which record.
        record: Record,
        /// How it shows.
        problem: DecodeError,
    },
    /// The database could not find what it should hold.
    #[error("{record} cannot be read: the database gives error {code}; run `vellum check`")]
    Unreadable {
        /// Which record.
        record: Record,
        /// The database's number for the failure.
        code: i32,
    },
    /// A failure made on purpose, by [`FaultyStore`](super::FaultyStore).
    #[error("injected failure of operation {operation} ({name})")]
    Injected {
        /// Which operation, counted from 1.
        operation: u64,
        /// What it was.
        name: &'static str,
    },
}

impl StoreError {
    /// What the failure is about.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotADirectory { .. }
            | Self::Missing { .. }
            | Self::NotAStore { .. }
            | Self::Format { .. }
            | Self::AlreadyOpen { .. }
            | Self::ReadOnly { .. }
            | Self::Backend { .. }
            | Self::Conflict { .. }
            | Self::CommitOrder { .. }
            | Self::InvalidBatch { .. }
            | Self::Injected { .. } => FailureKind::Store,
            Self::Locked { .. } => FailureKind::Locked,
            Self::ReadersFull { .. } | Self::Full { .. } => FailureKind::Full,
            Self::AddressSpace { .. } | Self::Io { .. } => FailureKind::Host,
            Self::NoAccount(_)
            | Self::NoContract(_)
            | Self::BlockOrder { .. }
            | Self::NoVersion { .. }
            | Self::NoMoment { .. }
            | Self::Pruned { .. } => FailureKind::Input,
            Self::NoCode { .. }
            | Self::NoWayBack { .. }
            | Self::Corrupted { .. }
            | Self::Damaged { .. }
            | Self::Unreadable { .. } => FailureKind::Damaged,
        }
    }

    /// Whether what is stored is not what was written.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unreadable { .. })
    }
}

impl Record {
    /// The error of a record that is not as it was written.
    pub(crate) fn damaged(self, problem: DecodeError) -> StoreError {
        StoreError::Damaged { record: self, problem }
    }
}
