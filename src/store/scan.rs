//! What a check sees of a store: its records, kind by kind.

use std::collections::BTreeSet;

use super::event::EventName;
use super::log::LogRecord;
use super::tree::Block;
use super::world::WorldBlock;
use super::{Account, DiffRecord, Mark, Moment, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Every account at every moment that is kept, and what was pruned of it.
    Accounts,
    Code,
    Pages,
    Blocks,
    /// Log records and diffs, by their moments.
    Log,
    /// The world tree, and the moment of which it is.
    World,
    /// Events that have not expired.
    Events,
    /// What is none of these.
    Strays,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Code => "code",
            Self::Pages => "pages",
            Self::Blocks => "tree blocks",
            Self::Log => "log records",
            Self::World => "world tree blocks",
            Self::Events => "events",
            Self::Strays => "records",
        }
    }
}

/// One record, read and found whole.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Account(Address, Moment, Account),
    Mark(Address, Mark),
    Code(CodeHash),
    /// The page, the commit that last changed it, and its content; no content if it is zero now.
    Page(PageIndex, CommitNumber, Option<&'a PageBytes>),
    Block(Box<Block>),
    /// The depth that the tree of the owner is recorded to have.
    TreeDepth(u32),
    Log(Moment, LogRecord),
    Diff(Address, DiffRecord),
    WorldMark(Moment),
    WorldBlock(Box<WorldBlock>),
    /// An event, and the newest block when it was emitted.
    Event(EventName, u64),
}

/// What to do with each record of a scan, or with the error in its place.
pub(super) type Visit<'a> = &'a mut dyn FnMut(Result<Found<'_>, StoreError>);

/// A moment of a store that can be read from end to end.
pub(super) trait Scan {
    fn head(&self) -> Result<Moment, StoreError>;

    /// Visits a kind of records, pages and blocks of an owner, the others as a whole: each kind but blocks in ascending order.
    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>);

    /// The addresses that own records of any kind but diffs.
    fn owners(&self) -> Result<BTreeSet<Address>, StoreError>;
}
