//! Errors of a store.

use std::io;
use std::path::PathBuf;

use super::codec::DecodeError;
use super::{Moment, Record};
use crate::failure::FailureKind;
use crate::units::{Address, CodeHash, CommitNumber, Version};

/// A failure of a store operation. The message says what was attempted, and on what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path does not name a directory.
    #[error("cannot open a store at {}: it is not a directory", path.display())]
    NotADirectory {
        /// The store's path.
        path: PathBuf,
    },
    /// No store exists at the path, and the options do not create one.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// The store's path.
        path: PathBuf,
    },
    /// The directory contains files, but not a store.
    #[error("{} is not a store: {reason}", path.display())]
    NotAStore {
        /// The store's path.
        path: PathBuf,
        /// Why it is not a store.
        reason: &'static str,
    },
    /// The store was written in another format.
    #[error("the store at {} has format {found}; this program reads format {supported}", path.display())]
    Format {
        /// The store's path.
        path: PathBuf,
        /// The format that the store names.
        found: u64,
        /// The only format that this program reads.
        supported: u64,
    },
    /// Another process has the store open for writing.
    #[error("the store at {} is open for writing in another process; only one can write at a time", path.display())]
    Locked {
        /// The store's path.
        path: PathBuf,
    },
    /// The data file has several names (hard links), so that it could be open as several stores at once.
    #[error(
        "the data file of the store at {} has {names} names (hard links), and may have one only, as each directory has locks of its \
         own; make a copy with `vellum backup` instead of a link, and remove the other names",
        path.display()
    )]
    Linked {
        /// The store's path.
        path: PathBuf,
        /// The number of names.
        names: u64,
    },
    /// A reader may not write the table of readers.
    #[error(
        "opening {} for writing: {source}. A reader registers there the commit that it reads, so that a writer leaves it alone, and needs \
         write permission for this file only; without it, read with --no-lock (Access::ReadOnlyWithoutLock)",
        path.display()
    )]
    ReadersNotWritable {
        /// The file `lock.mdb`.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A process was killed in a commit, and a reader without a lock cannot undo it.
    #[error("the last commit of the store at {} is not finished: open the store for writing once, which undoes it", path.display())]
    Unfinished {
        /// The store's path.
        path: PathBuf,
    },
    /// A writer in another process may have overwritten what was read without a lock.
    #[error("another process has changed the store at {} while it was read without a lock; read it again", path.display())]
    Overtaken {
        /// The store's path.
        path: PathBuf,
    },
    /// The directory for a backup is not empty.
    #[error("cannot make a backup in {}: it is not empty; name an empty directory, or one that does not exist", path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// The store has no files, so there is nothing to make a backup of.
    #[error("cannot make a backup of a store in memory")]
    NotOnDisk,
    /// This process already has the store open in a way that does not allow the requested access.
    #[error("this process has the store at {} open {open}; it cannot be opened {asked} beside that", path.display())]
    AlreadyOpen {
        /// The store's path.
        path: PathBuf,
        /// The present access.
        open: &'static str,
        /// The requested access.
        asked: &'static str,
    },
    /// The process has too little address space.
    #[error("no room to map the store at {}: {reason}", path.display())]
    AddressSpace {
        /// The store's path.
        path: PathBuf,
        /// The smallest size that was tried, in bytes.
        bytes: usize,
        /// How much was refused, and by which limit.
        reason: String,
    },
    /// All entries of LMDB's reader table are in use: each snapshot of each process takes one.
    #[error("the store at {} has no room for another reader: all {limit} snapshots are in use", path.display())]
    ReadersFull {
        /// The store's path.
        path: PathBuf,
        /// The number of entries.
        limit: u32,
    },
    /// The disk has no space for a commit. The commit had no effect.
    #[error("{attempted} in the store at {}: no space left ({reason})", path.display())]
    Full {
        /// The store's path.
        path: PathBuf,
        /// The operation.
        attempted: &'static str,
        /// The resource that is exhausted.
        reason: String,
    },
    /// The process has inherited the store by `fork`. It can open the store again.
    #[error("the store was opened by the parent of this process, before a fork: open it again in this process")]
    Inherited,
    /// The store was opened for reading only.
    #[error("cannot write: the store at {} is open for reading only", path.display())]
    ReadOnly {
        /// The store's path.
        path: PathBuf,
    },
    /// A system call failed.
    #[error("{attempted} {}: {source}", path.display())]
    Io {
        /// The operation, as the start of a message that the path completes.
        attempted: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The data file is shorter than its newest commit needs.
    #[error(
        "the data file of the store at {} is damaged: it has {length} bytes, and its newest commit needs {needed}",
        path.display()
    )]
    Truncated {
        /// The store's path.
        path: PathBuf,
        /// The length of the file, in bytes.
        length: u64,
        /// The length that it should have at least, in bytes.
        needed: u64,
    },
    /// LMDB found its own pages damaged.
    #[error("{attempted} in the store at {}: {message}", path.display())]
    Corrupted {
        /// The store's path.
        path: PathBuf,
        /// The operation.
        attempted: &'static str,
        /// LMDB's message.
        message: String,
    },
    /// LMDB failed.
    #[error("{attempted} in the store at {}: {message}", path.display())]
    Backend {
        /// The store's path.
        path: PathBuf,
        /// The operation.
        attempted: &'static str,
        /// LMDB's message.
        message: String,
    },
    /// No account was ever recorded at the address.
    #[error("there is no account at {0}")]
    NoAccount(Address),
    /// The address has no code.
    #[error("there is no contract at {0}")]
    NoContract(Address),
    /// The store does not contain the code that the account names.
    #[error("the store does not contain the code {hash} of the contract at {contract}: run `vellum check`")]
    NoCode {
        /// The contract.
        contract: Address,
        /// Its code's hash.
        hash: CodeHash,
    },
    /// An account changed after the batch's snapshot was taken. Take a new snapshot and repeat the work.
    #[error("the account {address} has changed since the snapshot that this commit started from")]
    Conflict {
        /// The account.
        address: Address,
    },
    /// The commit's number is not the head's plus one. Take a new snapshot and repeat the work.
    #[error("commit {given} cannot follow commit {head}")]
    CommitOrder {
        /// The last commit.
        head: CommitNumber,
        /// The number of the refused commit.
        given: CommitNumber,
    },
    /// The block's number is not greater than that of the last block.
    #[error("block {given} cannot follow {}", last.map_or("no block".to_owned(), |last| format!("block {last}")))]
    BlockOrder {
        /// The last block.
        last: Option<u64>,
        /// The number of the refused block; 2^64 - 1 is not a block number.
        given: u64,
    },
    /// The batch contradicts itself.
    #[error("refused a batch at account {address}: {reason}")]
    InvalidBatch {
        /// The violated rule.
        reason: &'static str,
        /// The account concerned.
        address: Address,
    },
    /// The contract has no such version.
    #[error("{address} has no version {version}; its newest is {newest}")]
    NoVersion {
        /// The contract.
        address: Address,
        /// The version asked for.
        version: Version,
        /// Its newest version; 0 for an address without a contract.
        newest: Version,
    },
    /// The store has no such moment.
    #[error("there is no {moment}: the newest moment is {head}")]
    NoMoment {
        /// The moment asked for.
        moment: Moment,
        /// The newest.
        head: Moment,
    },
    /// The requested version or moment was pruned.
    #[error("the history of {address} before version {kept} was pruned")]
    Pruned {
        /// The contract.
        address: Address,
        /// The history start: the oldest version that can be read.
        kept: Version,
    },
    /// The contract is damaged, and no readable diffs lead to the version.
    #[error("cannot restore version {version} of {address}, which is damaged: {reason}")]
    NoWayBack {
        /// The contract.
        address: Address,
        /// The version asked for.
        version: Version,
        /// How far its diffs lead from its first version.
        reason: String,
    },
    /// A stored record differs from the one that was written.
    #[error("{record} is damaged: {problem}")]
    Damaged {
        /// The record.
        record: Record,
        /// How the damage was found.
        problem: DecodeError,
    },
    /// A failure that [`FaultyStore`](super::FaultyStore) injected.
    #[error("injected failure of operation {operation} ({name})")]
    Injected {
        /// The number of the operation, counted from 1.
        operation: u64,
        /// The operation's name.
        name: &'static str,
    },
}

impl StoreError {
    /// Returns the published kind of the failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotADirectory { .. }
            | Self::Missing { .. }
            | Self::NotAStore { .. }
            | Self::Format { .. }
            | Self::Linked { .. }
            | Self::Unfinished { .. }
            | Self::Overtaken { .. }
            | Self::NotOnDisk
            | Self::AlreadyOpen { .. }
            | Self::ReadOnly { .. }
            | Self::Inherited
            | Self::Backend { .. }
            | Self::Conflict { .. }
            | Self::CommitOrder { .. }
            | Self::InvalidBatch { .. }
            | Self::Injected { .. } => FailureKind::Store,
            Self::Locked { .. } => FailureKind::Locked,
            Self::ReadersFull { .. } | Self::Full { .. } => FailureKind::Full,
            Self::AddressSpace { .. } | Self::ReadersNotWritable { .. } | Self::Io { .. } => FailureKind::Host,
            Self::Occupied { .. }
            | Self::NoAccount(_)
            | Self::NoContract(_)
            | Self::BlockOrder { .. }
            | Self::NoVersion { .. }
            | Self::NoMoment { .. }
            | Self::Pruned { .. } => FailureKind::Input,
            Self::NoCode { .. }
            | Self::NoWayBack { .. }
            | Self::Truncated { .. }
            | Self::Corrupted { .. }
            | Self::Damaged { .. } => FailureKind::Damaged,
        }
    }

    /// Returns whether a stored record differs from the one that was written.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

impl Record {
    /// Returns the error of a damaged record.
    pub(crate) fn damaged(self, problem: DecodeError) -> StoreError {
        StoreError::Damaged { record: self, problem }
    }
}
