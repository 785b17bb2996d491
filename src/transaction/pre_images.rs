//! The pre-images of the pages that running calls have written, under the pagers that detect each write when it happens.

use std::collections::HashMap;
use std::mem;

use foldhash::fast::RandomState;

use super::storage::{Place, Storage};
use crate::paging::PagingError;
use crate::store::{Snapshot, StoreError};
use crate::units::{PAGE_SIZE, PageBytes};

/// The bytes of a page at the beginning of a call; `None` for its committed bytes, which the snapshot has.
type PreImage = Option<Box<PageBytes>>;

#[derive(Debug)]
struct Entry {
    pre_image: PreImage,
    /// True if the page is known to differ from the pre-image, at the beginning of the next call or now. If not, it is listed in
    /// [`Call::written`].
    differs: bool,
}

/// The pages that one running call has written.
#[derive(Debug, Default)]
struct Call {
    entries: HashMap<Place, Entry, RandomState>,
    /// Pages that were written since they were compared last.
    written: Vec<Place>,
}

impl Call {
    /// Notes that a page was written, or is about to be. `pre_image` is made only if there is none.
    fn write(&mut self, place: Place, pre_image: impl FnOnce() -> PreImage) {
        let entry = self.entries.entry(place).or_insert_with(|| {
            self.written.push(place);
            Entry { pre_image: pre_image(), differs: false }
        });
        if mem::take(&mut entry.differs) {
            self.written.push(place);
        }
    }
}

/// The pre-images of each running call, from the top-level call on; empty before the first nested call.
///
/// The top-level call has entries only after the first count: until then its writes are the dirty pages of the regions, and it is
/// undone from the snapshot in any case.
#[derive(Debug, Default)]
pub(super) struct PreImages {
    calls: Vec<Call>,
    counts_top_level: bool,
}

impl PreImages {
    /// Records a page before the innermost call writes it. Returns the number of copied pages.
    pub(super) fn record(&mut self, place: Place, dirty: Option<&PageBytes>) -> u64 {
        let is_top_level = self.calls.len() == 1;
        let Some(call) = self.calls.last_mut().filter(|_| !is_top_level || self.counts_top_level) else { return 0 };
        let mut copied = 0;
        call.write(place, || {
            let dirty = dirty.filter(|_| !is_top_level)?;
            copied = 1;
            Some(Box::new(*dirty))
        });
        copied
    }

    pub(super) fn begin(&mut self) {
        if self.calls.is_empty() {
            self.calls.push(Call::default());
        }
        self.calls.push(Call::default());
    }

    /// Ends the innermost call, whose entries now belong to its caller. Of two pre-images of a page the caller's is the older one.
    pub(super) fn keep(&mut self) {
        let Some(mut ended) = self.calls.pop() else { return };
        let is_top_level = self.calls.len() == 1;
        let Some(caller) = self.calls.last_mut().filter(|_| !is_top_level || self.counts_top_level) else { return };
        if caller.entries.is_empty() {
            if is_top_level {
                ended.entries.values_mut().for_each(|entry| entry.pre_image = None);
            }
            *caller = ended;
            return;
        }
        for (place, entry) in ended.entries {
            caller.write(place, || entry.pre_image.filter(|_| !is_top_level));
        }
    }

    /// Ends the innermost call, and restores the pages that it has written. Returns their number.
    pub(super) fn undo(&mut self, storage: &mut Storage<'_>) -> Result<u64, PagingError> {
        let Some(ended) = self.calls.pop() else { return Ok(0) };
        let count = ended.entries.len() as u64;
        for ((contract, page), entry) in ended.entries {
            let snapshot = storage.snapshot;
            let Some(region) = storage.region(&contract) else { continue };
            match entry.pre_image {
                Some(pre_image) => *region.frame_to_restore(page) = *pre_image,
                None if !region.is_present(page) => {}
                None => drop(snapshot.read_page(&contract, page, region.page_mut(page))?),
            }
        }
        Ok(count)
    }

    /// Returns true if the running call's writes are to be recorded.
    pub(super) fn records(&self) -> bool {
        self.calls.len() > 1 || self.counts_top_level
    }

    /// Returns at least the number that [`count`](Self::count) would return, without a comparison. `dirty` is the number of dirty
    /// pages.
    pub(super) fn at_most(&self, dirty: usize) -> usize {
        let top_level = if self.counts_top_level { 0 } else { dirty };
        top_level + self.calls.iter().map(|call| call.entries.len()).sum::<usize>()
    }

    /// Drops the entries of pages that their calls have not changed, and returns the number of the others.
    ///
    /// Pages that were written since the last count are compared, so the cost follows the faults of writes. Each call must then have
    /// a fault at its next write of any page.
    pub(super) fn count(&mut self, storage: &mut Storage<'_>) -> Result<usize, PagingError> {
        if !mem::replace(&mut self.counts_top_level, true) {
            for (contract, region) in &storage.regions {
                region.each_written(|page| self.calls[0].write((*contract, page), || None));
            }
        }
        // For each page, the call that has the state after the change that is compared.
        let mut next: HashMap<Place, usize, RandomState> = HashMap::default();
        for at in (0..self.calls.len()).rev() {
            for place in mem::take(&mut self.calls[at].written) {
                self.compare(at, place, &next, storage)?;
            }
            if self.calls[..at].iter().all(|call| call.written.is_empty()) {
                break;
            }
            next.extend(self.calls[at].entries.keys().map(|place| (*place, at)));
        }
        Ok(self.calls.iter().map(|call| call.entries.len()).sum())
    }

    /// Returns true if the innermost call has written pages.
    pub(super) fn has_written(&self) -> bool {
        self.calls.last().is_some_and(|call| !call.entries.is_empty())
    }

    /// Drops the entries of pages that the innermost call has not changed, and returns the number of the others. The call has ended, so
    /// its page table is cleared.
    pub(super) fn changed_by_call(&mut self, storage: &mut Storage<'_>) -> Result<usize, PagingError> {
        let Some(at) = self.calls.len().checked_sub(1) else { return Ok(0) };
        for place in mem::take(&mut self.calls[at].written) {
            self.compare(at, place, &HashMap::default(), storage)?;
        }
        Ok(self.calls[at].entries.len())
    }

    /// Compares the pre-image of a page in one call with the state after that call's change; drops it if they are equal.
    fn compare(
        &mut self,
        at: usize,
        place: Place,
        next: &HashMap<Place, usize, RandomState>,
        storage: &mut Storage<'_>,
    ) -> Result<(), PagingError> {
        let mut committed = [None, None];
        let snapshot = storage.snapshot;
        let [before_committed, after_committed] = &mut committed;
        let Some(entry) = self.calls[at].entries.get(&place) else { return Ok(()) };
        let before = bytes(&entry.pre_image, snapshot, &place, before_committed)?;
        let later = next.get(&place).and_then(|call| self.calls[*call].entries.get(&place));
        let after = match later {
            Some(later) => bytes(&later.pre_image, snapshot, &place, after_committed)?,
            None => match storage.region(&place.0) {
                Some(region) if region.is_present(place.1) => region.page(place.1),
                // It was evicted, so it was clean.
                _ => bytes(&None, snapshot, &place, after_committed)?,
            },
        };
        if before != after {
            if let Some(entry) = self.calls[at].entries.get_mut(&place) {
                entry.differs = true;
            }
        } else {
            self.calls[at].entries.remove(&place);
        }
        Ok(())
    }
}

/// The bytes of a pre-image. `committed` gets those that the snapshot has.
fn bytes<'a>(
    pre_image: &'a PreImage,
    snapshot: &dyn Snapshot,
    (contract, page): &Place,
    committed: &'a mut Option<Box<PageBytes>>,
) -> Result<&'a PageBytes, StoreError> {
    match pre_image {
        Some(bytes) => Ok(bytes),
        None => {
            let committed = committed.insert(Box::new([0; PAGE_SIZE]));
            snapshot.read_page(contract, *page, committed)?;
            Ok(committed)
        }
    }
}
