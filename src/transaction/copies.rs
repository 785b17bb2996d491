//! Copies of the pages that running calls have changed, under the pagers that detect writes late.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::storage::{Place, Storage};
use crate::paging::{ContractPages, PagingError};
use crate::units::{PAGE_SIZE, PageBytes};

/// The copies that the beginning of each nested call has added. For each page, the last one has its bytes at the beginning of the
/// innermost call; without one these are the committed bytes.
#[derive(Debug, Default)]
pub(super) struct Copies {
    pages: HashMap<Place, Vec<Box<PageBytes>>, RandomState>,
    /// For each running nested call, the pages of which its beginning has added a copy.
    calls: Vec<Vec<Place>>,
    /// The number of pages that were written when the innermost call began, changed or not.
    written: u32,
}

impl Copies {
    /// Begins a call: copies the pages that differ from what they were at the beginning of its caller. Returns their number.
    pub(super) fn begin(&mut self, storage: &mut Storage<'_>) -> Result<u64, PagingError> {
        let mut changed = Vec::new();
        self.written = self.each_change(storage, |place, now| changed.push((place, Box::new(*now))))?;
        let places = changed.iter().map(|(place, _)| *place).collect();
        changed.into_iter().for_each(|(place, copy)| self.pages.entry(place).or_default().push(copy));
        self.calls.push(places);
        Ok(self.calls.last().map_or(0, Vec::len) as u64)
    }

    /// Ends the innermost call.
    pub(super) fn end(&mut self) {
        for place in self.calls.pop().unwrap_or_default() {
            let copies = self.pages.get_mut(&place);
            if copies.is_some_and(|copies| copies.pop().is_some() && copies.is_empty()) {
                self.pages.remove(&place);
            }
        }
    }

    /// Restores storage as it was at the beginning of the innermost call. Returns the number of restored pages.
    pub(super) fn undo(&self, storage: &mut Storage<'_>) -> Result<u64, PagingError> {
        let mut restored = 0;
        for (contract, region) in &mut storage.regions {
            let source = ContractPages { snapshot: storage.snapshot, address: contract };
            for page in storage.pager.written(region, &source)? {
                restored += 1;
                match self.before(&(*contract, page)) {
                    Some(bytes) => *region.page_mut(page) = *bytes,
                    None => drop(storage.snapshot.read_page(contract, page, region.page_mut(page))?),
                }
            }
        }
        Ok(restored)
    }

    /// Returns the number of changes of the calls that wait.
    pub(super) fn count_waiting(&self) -> usize {
        self.calls.iter().map(Vec::len).sum()
    }

    /// Returns the number of changes of all running calls.
    pub(super) fn count(&self, storage: &mut Storage<'_>) -> Result<usize, PagingError> {
        Ok(self.count_waiting() + self.changed_by_call(storage)?)
    }

    /// Returns the number of changes of the innermost call.
    pub(super) fn changed_by_call(&self, storage: &mut Storage<'_>) -> Result<usize, PagingError> {
        let mut changed = 0;
        self.each_change(storage, |_, _| changed += 1)?;
        Ok(changed)
    }

    pub(super) fn has(&self, place: &Place) -> bool {
        self.pages.contains_key(place)
    }

    pub(super) fn written_pages(&self) -> u32 {
        self.written
    }

    fn before(&self, place: &Place) -> Option<&PageBytes> {
        Some(self.pages.get(place)?.last()?)
    }

    /// Calls `each` for every page that differs from what it was at the beginning of the innermost call. Returns the number of written
    /// pages.
    fn each_change(
        &self,
        storage: &mut Storage<'_>,
        mut each: impl FnMut(Place, &PageBytes),
    ) -> Result<u32, PagingError> {
        let mut committed = [0; PAGE_SIZE];
        let mut written = 0;
        for (contract, region) in &storage.regions {
            let source = ContractPages { snapshot: storage.snapshot, address: contract };
            for page in storage.pager.written(region, &source)? {
                written += 1;
                let place = (*contract, page);
                let before = match self.before(&place) {
                    Some(before) => before,
                    None => {
                        storage.snapshot.read_page(contract, page, &mut committed)?;
                        &committed
                    }
                };
                let now = region.page(page);
                if now != before {
                    each(place, now);
                }
            }
        }
        Ok(written)
    }
}
