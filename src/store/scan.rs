//! Reading all records of a store, kind by kind, for its check.

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
    /// Every account at every moment that remains, and its history start.
    Accounts,
    Code,
    Pages,
    Blocks,
    /// Log records and diffs, by their moments.
    Log,
    /// The world tree and its moment.
    World,
    /// Events that have not expired.
    Events,
    /// Records whose keys name nothing.
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

/// One record that was read successfully.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Account(Address, Moment, Account),
    Mark(Address, Mark),
    Code(CodeHash),
    /// The page, the commit that last changed it, and its content; `None` if it is zero again.
    Page(PageIndex, CommitNumber, Option<&'a PageBytes>),
    Block(Box<Block>),
    /// The recorded depth of the owner's state tree.
    TreeDepth(u32),
    Log(Moment, LogRecord),
    Diff(Address, DiffRecord),
    WorldMark(Moment),
    WorldBlock(Box<WorldBlock>),
    /// An event, and the newest block when it was emitted.
    Event(EventName, u64),
}

/// A callback for each record of a scan, or for the error in its place.
pub(super) type Visit<'a> = &'a mut dyn FnMut(Result<Found<'_>, StoreError>);

/// A snapshot whose records can be read from end to end.
pub(super) trait Scan {
    fn head(&self) -> Result<Moment, StoreError>;

    /// Visits all records of a kind; of pages and tree blocks only those of `owner`. Each kind except tree blocks comes in
    /// ascending order.
    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>);

    /// Returns the addresses that own records of any kind except diffs.
    fn owners(&self) -> Result<BTreeSet<Address>, StoreError>;
}
