//! An upper bound for the number of database pages that a transaction adds to the file.
//!
//! LMDB takes free pages before it takes new ones, and reports the number of new ones only after the commit. The bound follows from
//! the source of LMDB 0.9 (`mdb_page_touch`, `mdb_page_split`, `mdb_rebalance`, `mdb_freelist_save`). In a table of depth `d`:
//!
//! ```text
//! a put      copies the path to its leaf                         1 leaf, d - 1 branches
//!            splits pages, up to a new root                      d + 1 pages
//!            writes a value that is too large for a leaf         the pages for the value and 16 bytes
//! a delete   copies the path to its leaf, and one sibling
//!            on each level                                       2 leaves, 2 (d - 1) branches
//!            makes three separators longer, and each can
//!            split every branch above it                         3 d pages
//! a commit   writes the list of free pages                       see `Bound::lists`
//! ```
//! A transaction copies a page at most once, so it copies at most the pages that the table had when it began. The growth of the table
//! is the number of pages that an operation really split: the same transaction takes merged pages again before it takes others. A
//! removed root is the exception; the depth of the table shows it. So the worst case of an operation is assumed only until the
//! operation is done.

use lmdb::Stat;

/// The next operation of a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Put { key_bytes: usize, value_bytes: usize },
    Delete,
    Commit,
}

/// The depth and the page counts of the table.
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

/// An upper bound for the pages that a transaction has taken.
#[derive(Debug)]
pub(super) struct Bound {
    page_bytes: u64,
    began: Table,
    now: Table,
    /// The pages of the file that are not in the table: free pages, and the pages of their list.
    outside: u64,
    leaves_touched: u64,
    branches_touched: u64,
    split: u64,
    overflow: u64,
}

/// The sizes in bytes of the header of a database page and of an entry's header in it.
const PAGE_HEADER: u64 = 16;
const ENTRY_HEADER: u64 = 8;

/// The size in bytes of a page number in the list of free pages.
const NUMBER: u64 = 8;

/// The pages for the tree of the list: four paths to a leaf in a tree of four levels, and the splits on two of them.
const LIST_TREE: u64 = 32;

impl Bound {
    /// Creates the bound for a transaction that begins with a file of `file_pages` pages and this table in it.
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

    /// Returns an upper bound for the pages taken after the next operation. `now` is the table before that operation.
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

    /// Records how the previous operation changed the table.
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

    /// Returns the number of overflow pages of a value. Such a page holds nothing else.
    fn overflow_pages(&self, key_bytes: u64, value_bytes: u64) -> u64 {
        // LMDB keeps entries of at most this size in the leaf: two of them fit into it, each with an index of two bytes.
        let most = ((self.page_bytes.saturating_sub(PAGE_HEADER) / 2) & !1).saturating_sub(2);
        if ENTRY_HEADER + key_bytes + value_bytes <= most {
            return 0;
        }
        (PAGE_HEADER - 1 + value_bytes) / self.page_bytes + 1
    }

    /// Returns an upper bound for the pages that the list of free pages takes. The list names
    ///
    /// - the pages that were free, or in the list, before: at most all pages that were not in the table;
    /// - the pages that the transaction freed: the originals of copies, merged pages, and the overflow pages of values.
    ///
    /// The freed pages are one record. LMDB rewrites it when writing it takes or frees a page. LMDB also rewrites it when old records
    /// of the list are used up, because their own pages are free then: once for as many such pages as fill a page with their numbers.
    /// The pages that stay free go into records of one page, or, in a young database, into a few longer ones. Each of these records
    /// is written at most twice.
    fn lists(&self) -> u64 {
        let overflow_freed = self.began.overflow.saturating_add(self.overflow).saturating_sub(self.now.overflow);
        let freed = (2 * self.copied()).saturating_add(self.split).saturating_add(overflow_freed);
        let numbers = freed.saturating_add(self.outside);
        let pages = numbers / (self.page_bytes / NUMBER).saturating_sub(2).max(1) + 2;
        // LMDB copies the leaves of old records that it uses up: at most one for each page that the transaction took.
        let leaves = self.copied().saturating_add(self.split);
        (8 * pages).saturating_add(pages.saturating_mul(pages / 512)).saturating_add(leaves).saturating_add(LIST_TREE)
    }
}
