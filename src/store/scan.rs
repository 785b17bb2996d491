//! What a check sees of a store: its tables, record by record.

use std::collections::BTreeSet;

use super::tree::Block;
use super::{Account, DiffRecord, StoreError};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, Version};

/// What a store keeps one kind of record in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Accounts,
    Code,
    Pages,
    Blocks,
    Diffs,
    Receipts,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Code => "code",
            Self::Pages => "pages",
            Self::Blocks => "tree blocks",
            Self::Diffs => "diffs",
            Self::Receipts => "receipts",
        }
    }
}

/// One record, read and found whole.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Account(Address, Account),
    Code(CodeHash),
    /// The page, the version that last changed it, and its content; no content if it is zero now.
    Page(PageIndex, Version, Option<&'a PageBytes>),
    Block(Box<Block>),
    Diff(DiffRecord),
    Receipt(CommitNumber),
}

/// What to do with each record of a scan, or with the error in its place.
pub(super) type Visit<'a> = &'a mut dyn FnMut(Result<Found<'_>, StoreError>);

/// A moment of a store that can be read from end to end.
pub(super) trait Scan {
    fn head(&self) -> Result<CommitNumber, StoreError>;

    /// Visits a table in ascending order: of an owner, or (accounts, code, receipts) as a whole.
    fn scan(&self, table: Table, owner: Option<&Address>, visit: Visit<'_>);

    /// The addresses that own something in a table.
    fn owners(&self, table: Table) -> Result<BTreeSet<Address>, StoreError>;
}
