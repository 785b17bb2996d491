//! What can go wrong in a store, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::Moment;
use super::codec::DecodeError;
use super::tree::BlockId;
use super::world::WorldBlockId;
use crate::units::{Address, CodeHash, CommitNumber, PageIndex, Version};

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
    /// Whether what is stored is not what was written.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unreadable { .. })
    }
}

/// The name of one thing that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Record {
    /// An account.
    Account(Address),
    /// A contract's code.
    Code(CodeHash),
    /// A page of a contract.
    Page(Address, PageIndex),
    /// A block of a contract's state tree.
    TreeBlock(Address, BlockId),
    /// The list of the groups of pages whose hashes the tree of a contract has yet to take in.
    LateGroups(Address),
    /// What a commit changed of a contract's storage.
    Diff(Address, CommitNumber),
    /// What was pruned of a contract.
    Mark(Address),
    /// What was recorded of a change of the store.
    Log(Moment),
    /// A block of the tree over all accounts.
    WorldBlock(WorldBlockId),
    /// The mark of the moment of which the tree over all accounts is.
    WorldMark,
    /// An event that has not expired, by its commit and which of its events it is.
    Event(CommitNumber, u32),
    /// A whole table of the database.
    Table(&'static str),
}

impl Record {
    /// The account that the record belongs to, if it belongs to one.
    pub fn address(&self) -> Option<Address> {
        match *self {
            Self::Account(address)
            | Self::Page(address, _)
            | Self::TreeBlock(address, _)
            | Self::LateGroups(address)
            | Self::Diff(address, _)
            | Self::Mark(address) => Some(address),
            Self::Code(_) | Self::Log(_) | Self::WorldBlock(_) | Self::WorldMark | Self::Event(..) | Self::Table(_) => {
                None
            }
        }
    }

    pub(crate) fn damaged(self, problem: DecodeError) -> StoreError {
        StoreError::Damaged { record: self, problem }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address) => write!(f, "account {address}"),
            Self::Code(hash) => write!(f, "code {hash}"),
            Self::Page(address, page) => write!(f, "page {page} of contract {address}"),
            Self::TreeBlock(address, id) => write!(f, "tree block {id} of contract {address}"),
            Self::LateGroups(address) => write!(f, "the list of late groups of contract {address}"),
            Self::Diff(address, commit) => write!(f, "the diff of contract {address} in commit {commit}"),
            Self::Mark(address) => write!(f, "the mark where the kept history of {address} begins"),
            Self::Log(moment) => write!(f, "the log record of {moment}"),
            Self::WorldBlock(id) => write!(f, "world tree block {id}"),
            Self::WorldMark => f.write_str("the mark of the world tree's moment"),
            Self::Event(commit, number) => write!(f, "event {number} of commit {commit}"),
            Self::Table(name) => write!(f, "the table of {name}"),
        }
    }
}
