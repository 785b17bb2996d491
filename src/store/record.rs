//! Names of records, for errors and reports.

use std::fmt;

use super::Moment;
use super::tree::BlockId;
use super::world::WorldBlockId;
use crate::units::{Address, CodeHash, CommitNumber, PageIndex};

/// The name of one record.
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
    /// The head of a contract's state tree: its depth and its late groups.
    TreeHead(Address),
    /// The diff of a contract in a commit.
    Diff(Address, CommitNumber),
    /// The history start of a contract.
    Mark(Address),
    /// The log record of a moment.
    Log(Moment),
    /// A block of the world tree.
    WorldBlock(WorldBlockId),
    /// The record of the world tree's moment.
    WorldMark,
    /// A live event, by its commit and its index among the commit's events.
    Event(CommitNumber, u32),
    /// A page of the data file, by its number.
    DatabasePage(u64),
    /// All records of a kind.
    Table(&'static str),
}

impl Record {
    /// Returns the account that the record belongs to, if any.
    pub fn address(&self) -> Option<Address> {
        match *self {
            Self::Account(address)
            | Self::Page(address, _)
            | Self::TreeBlock(address, _)
            | Self::TreeHead(address)
            | Self::Diff(address, _)
            | Self::Mark(address) => Some(address),
            Self::Code(_)
            | Self::Log(_)
            | Self::WorldBlock(_)
            | Self::WorldMark
            | Self::Event(..)
            | Self::DatabasePage(_)
            | Self::Table(_) => None,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address) => write!(f, "account {address}"),
            Self::Code(hash) => write!(f, "code {hash}"),
            Self::Page(address, page) => write!(f, "page {page} of contract {address}"),
            Self::TreeBlock(address, id) => write!(f, "tree block {id} of contract {address}"),
            Self::TreeHead(address) => write!(f, "the head of the tree of contract {address}"),
            Self::Diff(address, commit) => write!(f, "the diff of contract {address} in commit {commit}"),
            Self::Mark(address) => write!(f, "the history start of contract {address}"),
            Self::Log(moment) => write!(f, "the log record of {moment}"),
            Self::WorldBlock(id) => write!(f, "world tree block {id}"),
            Self::WorldMark => f.write_str("the moment of the world tree"),
            Self::Event(commit, number) => write!(f, "event {number} of commit {commit}"),
            Self::DatabasePage(number) => write!(f, "page {number} of the data file"),
            Self::Table(name) => write!(f, "the table of {name}"),
        }
    }
}
