//! How many pages a transaction adds to the file, at most.
//!
//! The database takes free pages before it takes new ones, and does not say how many it took before it has committed. What it
//! can take follows from its source (`mdb_page_touch`, `mdb_page_split`, `mdb_rebalance`, `mdb_freelist_save` of LMDB 0.9).
//! In a table of depth `d`
//!
//! ```text
//! a put      copies the way to its leaf                          1 leaf, d - 1 branches
//!            splits, up to a new root                            d + 1 pages
//!            writes a value that is too large for a leaf         as many pages as the value and 16 bytes take
//! a delete   copies the way to its leaf, and one sibling
//!            on each level                                       2 leaves, 2 (d - 1) branches
//!            makes three separators longer, each of which
//!            can split every branch above it                     3 d pages
//! a commit   writes the list of free pages                       see `Bound::lists`
//! ```
//! A page is copied once in a transaction, so no more are copied than the table had when the transaction began. What an
//! operation has really split is the growth of the table: pages that a delete merges are the next that the same transaction
//! takes, and a root that it takes away is not (the depth tells). So the worst of an operation is only assumed before it.

use lmdb::Stat;

/// What a transaction is about to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Put { key_bytes: usize, value_bytes: usize },
    Delete,
    Commit,
}

/// Pages of the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Table {
    pub(super) depth: u64,
    pub(super) branches: u64,
    pub(super) leaves: u64,
    pub(super) overflow: u64,
}

impl From<Stat> for Table {
    fn from(stat: Stat) -> Self {
        Self {
            depth: u64::from(stat.depth()),
            branches: stat.branch_pages() as u64,
            leaves: stat.leaf_pages() as u64,
            overflow: stat.overflow_pages() as u64,
        }
    }
}

impl Table {
    fn tree(&self) -> u64 {
        self.branches.saturating_add(self.leaves)
    }

    fn pages(&self) -> u64 {
        self.tree().saturating_add(self.overflow)
    }
}

/// Pages that a transaction has taken so far, at most.
#[derive(Debug)]
pub(super) struct Bound {
    page_bytes: u64,
    began: Table,
    now: Table,
    /// Pages of the file that are not in the table: free ones, and the list of them.
    outside: u64,
    leaves_touched: u64,
    branches_touched: u64,
    split: u64,
    overflow: u64,
}

/// The header of a page, and of an entry in it.
const PAGE_HEADER: u64 = 16;
const ENTRY_HEADER: u64 = 8;

/// Bytes of a page's number in the list of free pages.
const NUMBER: u64 = 8;

/// Pages for the tree of the list: four ways to a leaf of a tree of four levels, and what splits on two of them.
const LIST_TREE: u64 = 32;

impl Bound {
    /// Of a transaction that begins with a file of so many pages, a table of these in it.
    pub(super) fn begin(page_bytes: u64, file_pages: u64, table: Table) -> Self {
        Self {
            page_bytes,
            began: table,
            now: table,
            outside: file_pages.saturating_sub(table.pages()),
            leaves_touched: 0,
            branches_touched: 0,
            split: 0,
            overflow: 0,
        }
    }

    /// Pages that are taken when an operation is done, at most, where the table is now as it says.
    pub(super) fn with(&mut self, now: Table, operation: Operation) -> u64 {
        self.has_become(now);
        let depth = now.depth;
        let branches = depth.saturating_sub(1);
        let more = match operation {
            Operation::Put { key_bytes, value_bytes } => {
                self.leaves_touched += 1;
                self.branches_touched += branches;
                self.overflow += self.overflow_pages(key_bytes as u64, value_bytes as u64);
                depth + 1
            }
            Operation::Delete => {
                self.leaves_touched += 2;
                self.branches_touched += 2 * branches;
                3 * depth
            }
            Operation::Commit => self.lists(),
        };
        self.taken().saturating_add(more)
    }

    /// What the operation before has done to the table.
    fn has_become(&mut self, now: Table) {
        let (before, roots_gone) = (self.now, self.now.depth.saturating_sub(now.depth));
        let split = now.tree().saturating_add(roots_gone).saturating_sub(before.tree());
        self.split = self.split.saturating_add(split);
        self.now = now;
    }

    fn copied(&self) -> u64 {
        let (leaves, branches) = (self.began.leaves, self.began.branches);
        self.leaves_touched.min(leaves).saturating_add(self.branches_touched.min(branches))
    }

    fn taken(&self) -> u64 {
        self.copied().saturating_add(self.split).saturating_add(self.overflow)
    }

    /// Pages that a value takes on which nothing else is.
    fn overflow_pages(&self, key_bytes: u64, value_bytes: u64) -> u64 {
        // Two entries fit into a page, each with an index of two bytes.
        let most = ((self.page_bytes.saturating_sub(PAGE_HEADER) / 2) & !1).saturating_sub(2);
        if ENTRY_HEADER + key_bytes + value_bytes <= most {
            return 0;
        }
        (PAGE_HEADER - 1 + value_bytes) / self.page_bytes + 1
    }

    /// Pages that the list of free pages takes. It names
    ///
    /// - what was free or a list before: at most all that was not in the table;
    /// - what the transaction set free: the originals of copies, what it took and has merged, the pages of values.
    ///
    /// What it set free is one record, written anew when writing it takes or frees a page, and when old records of the list are
    /// used up whose own pages are free then: as often as these fill a page with their numbers. What stays free is put into
    /// records of one page, or, in a young database, into a few longer ones, each at most twice.
    fn lists(&self) -> u64 {
        let overflow_freed = self.began.overflow.saturating_add(self.overflow).saturating_sub(self.now.overflow);
        let freed = (2 * self.copied()).saturating_add(self.split).saturating_add(overflow_freed);
        let numbers = freed.saturating_add(self.outside);
        let pages = numbers / (self.page_bytes / NUMBER).saturating_sub(2).max(1) + 2;
        // Where old records are used up, their leaves are copied: no more than there were pages to take.
        let leaves = self.copied().saturating_add(self.split);
        (8 * pages).saturating_add(pages.saturating_mul(pages / 512)).saturating_add(leaves).saturating_add(LIST_TREE)
    }
}
