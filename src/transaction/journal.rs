//! What a call that fails must put back.
//!
//! ```text
//!  top-level call                no entries: its pages are put back from the snapshot
//!    └─ call at depth 1          mark 0 ─┐ page 7: committed bytes     page 9: these 4,096 bytes
//!         └─ call at depth 2     mark 2 ─┐ page 7: these 4,096 bytes
//! ```
//!
//! Under a pager that learns of a write when it happens, each nested call notes the bytes of a page before its first
//! write to it. A call that fails has the entries since its mark undone, latest first, so that the oldest bytes of a page
//! are what stays; one that succeeds leaves its entries to its caller, below whose mark they then are. Undoing costs as
//! much as was written since the mark.
//!
//! Under the other pagers a mark is a copy of all pages that differ from their committed bytes at that moment.

use crate::paging::{Access, ContractPages, Pager, PagingError, Region};
use crate::receipt::UndoStatistics;
use crate::store::{Snapshot, StoreError};
use crate::units::{Address, PAGE_SIZE, PageBytes, PageIndex};

/// The bytes of a page before a write.
#[derive(Debug)]
enum Before {
    /// Those in the transaction's snapshot.
    Committed,
    These(Box<PageBytes>),
}

#[derive(Debug)]
struct Entry {
    contract: Address,
    page: PageIndex,
    before: Before,
}

/// The bytes of pages before nested calls wrote them.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Vec<Entry>,
    statistics: UndoStatistics,
}

/// Copies of pages of a contract, in ascending order.
type Copies = (Address, Vec<(PageIndex, Box<PageBytes>)>);

/// A moment to which storage can be put back.
#[derive(Debug)]
pub(super) enum Mark {
    /// So many entries of the journal are older.
    Entries(usize),
    /// The pages that differed from their committed bytes.
    Copies(Vec<Copies>),
}

impl Journal {
    /// Notes a page that a nested call is about to write for the first time.
    pub(super) fn note(&mut self, contract: Address, page: PageIndex, before: Option<&PageBytes>) {
        self.statistics.pages_copied += u64::from(before.is_some());
        let before = before.map_or(Before::Committed, |bytes| Before::These(Box::new(*bytes)));
        self.entries.push(Entry { contract, page, before });
    }

    /// The present moment.
    pub(super) fn mark<'a>(
        &mut self,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        contracts: impl Iterator<Item = (Address, &'a Region)>,
    ) -> Result<Mark, PagingError> {
        if pager.knows(Access::Write) {
            return Ok(Mark::Entries(self.entries.len()));
        }
        let copies: Vec<Copies> =
            contracts.map(|(address, region)| changed(address, region, pager, snapshot)).collect::<Result<_, _>>()?;
        self.statistics.pages_copied += copies.iter().map(|(_, pages)| pages.len() as u64).sum::<u64>();
        Ok(Mark::Copies(copies))
    }

    /// What it took until now.
    pub(super) fn statistics(&self) -> UndoStatistics {
        self.statistics
    }

    /// A call that succeeded leaves what it noted to its caller; the top-level call needs none of it.
    pub(super) fn keep(&mut self, depth: u32) {
        if depth == 0 {
            self.entries.clear();
        }
    }

    /// Puts storage back to a moment.
    pub(super) fn undo<'a>(
        &mut self,
        mark: Mark,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        mut contracts: impl Iterator<Item = (Address, &'a mut Region)>,
    ) -> Result<(), PagingError> {
        match mark {
            Mark::Entries(length) => {
                let mut contracts: Vec<(Address, &mut Region)> = contracts.collect();
                for Entry { contract, page, before } in self.entries.split_off(length).into_iter().rev() {
                    let Some((_, region)) = contracts.iter_mut().find(|(address, _)| *address == contract) else {
                        continue;
                    };
                    self.statistics.pages_put_back += 1;
                    put_back(&contract, region, page, &before, snapshot)?;
                }
                Ok(())
            }
            Mark::Copies(copies) => contracts.try_for_each(|(address, region)| {
                let source = ContractPages { snapshot, address: &address };
                let copied = copies.iter().find(|(contract, _)| *contract == address);
                let copied = copied.map_or(&[][..], |(_, pages)| pages);
                for page in pager.written(region, &source)? {
                    self.statistics.pages_put_back += 1;
                    match copied.binary_search_by_key(&page, |(copied, _)| *copied) {
                        Ok(at) => *region.page_mut(page) = *copied[at].1,
                        Err(_) => put_back(&address, region, page, &Before::Committed, snapshot)?,
                    }
                }
                Ok(())
            }),
        }
    }
}

fn put_back(
    contract: &Address,
    region: &mut Region,
    page: PageIndex,
    before: &Before,
    snapshot: &dyn Snapshot,
) -> Result<(), StoreError> {
    match before {
        Before::Committed => snapshot.read_page(contract, page, region.page_mut(page)).map(drop),
        Before::These(bytes) => {
            *region.page_mut(page) = **bytes;
            Ok(())
        }
    }
}

/// Copies of a contract's pages that differ from their committed bytes.
fn changed(
    address: Address,
    region: &Region,
    pager: &dyn Pager,
    snapshot: &dyn Snapshot,
) -> Result<Copies, PagingError> {
    let source = ContractPages { snapshot, address: &address };
    let mut committed = [0; PAGE_SIZE];
    let mut copies = Vec::new();
    for page in pager.written(region, &source)? {
        snapshot.read_page(&address, page, &mut committed)?;
        let now = region.page(page);
        if *now != committed {
            copies.push((page, Box::new(*now)));
        }
    }
    Ok((address, copies))
}
