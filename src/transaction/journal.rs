//! The pre-images from which a failed nested call is undone.
//!
//! ```text
//!  top-level call                no entries: its pages are restored from the snapshot
//!    └─ call at depth 1          mark 0 ─┐ page 7: committed bytes     page 9: these 4,096 bytes
//!         └─ call at depth 2     mark 2 ─┐ page 7: these 4,096 bytes
//! ```
//!
//! Some pagers detect each write when it happens. Under them the journal records the pre-image of a page before the first
//! write of each nested call to it. When a call fails, the entries since its mark are undone, latest first: the oldest
//! pre-image of a page wins. When a call succeeds, its entries stay and now belong to its caller, whose mark is older. The
//! cost of an undo is proportional to the pages written since the mark.
//!
//! Under the other pagers a mark is a copy of all pages that differ from their committed bytes.

use crate::paging::{Access, ContractPages, Pager, PagingError, Region};
use crate::receipt::UndoStatistics;
use crate::store::{Snapshot, StoreError};
use crate::units::{Address, PAGE_SIZE, PageBytes, PageIndex};

/// The bytes of a page before a write that may have to be undone.
#[derive(Debug)]
enum PreImage {
    /// The committed bytes, which the snapshot has.
    Committed,
    Bytes(Box<PageBytes>),
}

#[derive(Debug)]
struct Entry {
    contract: Address,
    page: PageIndex,
    pre_image: PreImage,
}

/// The pre-images of the pages that nested calls have written.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Vec<Entry>,
    statistics: UndoStatistics,
}

/// A contract and copies of its pages, in ascending order.
type Copies = (Address, Vec<(PageIndex, Box<PageBytes>)>);

/// A state of storage that can be restored.
#[derive(Debug)]
pub(super) enum Mark {
    /// The length of the journal.
    Entries(usize),
    /// The pages that differ from their committed bytes.
    Copies(Vec<Copies>),
}

impl Journal {
    /// Records a page that a nested call is about to write for the first time. `dirty` has its bytes if it is dirty.
    pub(super) fn record(&mut self, contract: Address, page: PageIndex, dirty: Option<&PageBytes>) {
        self.statistics.pages_copied += u64::from(dirty.is_some());
        let pre_image = dirty.map_or(PreImage::Committed, |bytes| PreImage::Bytes(Box::new(*bytes)));
        self.entries.push(Entry { contract, page, pre_image });
    }

    /// Marks the current state of the storage of these contracts.
    pub(super) fn mark<'a>(
        &mut self,
        pager: &dyn Pager,
        snapshot: &dyn Snapshot,
        contracts: impl Iterator<Item = (Address, &'a Region)>,
    ) -> Result<Mark, PagingError> {
        if pager.knows(Access::Write) {
            return Ok(Mark::Entries(self.entries.len()));
        }
        let copies: Vec<Copies> = contracts
            .map(|(address, region)| copy_changed(address, region, pager, snapshot))
            .collect::<Result<_, _>>()?;
        self.statistics.pages_copied += copies.iter().map(|(_, pages)| pages.len() as u64).sum::<u64>();
        Ok(Mark::Copies(copies))
    }

    /// The pages copied and restored so far.
    pub(super) fn statistics(&self) -> UndoStatistics {
        self.statistics
    }

    /// Ends a nested call whose caller runs at this depth. Only a nested caller can still be undone to a mark: the top-level
    /// call is undone from the snapshot.
    pub(super) fn end_call(&mut self, caller_depth: u32) {
        if caller_depth == 0 {
            self.entries.clear();
        }
    }

    /// Restores storage as it was at the mark.
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
                for Entry { contract, page, pre_image } in self.entries.split_off(length).into_iter().rev() {
                    let Some((_, region)) = contracts.iter_mut().find(|(address, _)| *address == contract) else {
                        continue;
                    };
                    self.statistics.pages_put_back += 1;
                    restore_page(&contract, region, page, &pre_image, snapshot)?;
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
                        Err(_) => restore_page(&address, region, page, &PreImage::Committed, snapshot)?,
                    }
                }
                Ok(())
            }),
        }
    }
}

fn restore_page(
    contract: &Address,
    region: &mut Region,
    page: PageIndex,
    pre_image: &PreImage,
    snapshot: &dyn Snapshot,
) -> Result<(), StoreError> {
    match pre_image {
        PreImage::Committed => snapshot.read_page(contract, page, region.page_mut(page)).map(drop),
        PreImage::Bytes(bytes) => {
            *region.page_mut(page) = **bytes;
            Ok(())
        }
    }
}

/// Copies the pages of a contract that differ from their committed bytes.
fn copy_changed(
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
