//! Tests of paging on committed pages in a map. `fuzzing` and `vm` test the pagers in whole transactions.

mod applications;
mod availability;
mod child;
mod exhaustion;
mod forks;
mod memory;
mod own_memory;
mod pagers;
mod run;
mod set_aside;
mod signals;
mod system_calls;
mod watches;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::page_table::{Access, PageTable};
use super::region::Region;
use super::source::PageSource;
use crate::contract::StoragePlace;
use crate::store::StoreError;
use crate::units::{PAGE_SIZE, PageBytes, PageCount, PageIndex, StateRoot};

const LIMIT: PageCount = PageCount(64);

/// Committed pages in a map, and a count of how often they are read.
#[derive(Debug, Default)]
pub(super) struct MapSource {
    pages: BTreeMap<PageIndex, Box<PageBytes>>,
    reads: Cell<u32>,
    /// Pages that cannot be read.
    damaged: Vec<PageIndex>,
}

impl MapSource {
    pub(super) fn with(pages: &[(u32, u8)]) -> Self {
        let pages = pages.iter().map(|(page, byte)| (PageIndex(*page), Box::new([*byte; PAGE_SIZE])));
        Self { pages: pages.collect(), ..Self::default() }
    }

    fn bytes(&self, page: PageIndex) -> PageBytes {
        self.pages.get(&page).map_or([0; PAGE_SIZE], |bytes| **bytes)
    }
}

impl PageSource for MapSource {
    fn read(&self, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        self.reads.set(self.reads.get() + 1);
        if self.damaged.contains(&page) {
            return Err(StoreError::Injected { operation: 0, name: "read_page" });
        }
        *into = self.bytes(page);
        Ok(self.pages.contains_key(&page))
    }

    fn stored(&self) -> Result<Vec<PageIndex>, StoreError> {
        Ok(self.pages.keys().copied().collect())
    }
}

#[test]
fn a_page_table_records_which_pages_were_read_and_which_written() {
    let mut table = PageTable::new(StoragePlace::Apart).unwrap();
    table.allow(PageIndex(3), Access::Read);
    table.allow(PageIndex(4), Access::Write);
    table.allow(PageIndex(5), Access::Write);
    table.allow(PageIndex(5), Access::Read);
    assert!(table.allows(PageIndex(3), Access::Read) && !table.allows(PageIndex(3), Access::Write));
    assert!(table.allows(PageIndex(4), Access::Write) && !table.allows(PageIndex(4), Access::Read));
    assert_eq!((table.pages(Access::Read).len(), table.pages(Access::Write).len()), (2, 2));
    table.clear_into(&mut Vec::new());
    assert_eq!((table.pages(Access::Read).len(), table.pages(Access::Write).len()), (0, 0));
    for page in 0..8 {
        assert!(!table.allows(PageIndex(page), Access::Read) && !table.allows(PageIndex(page), Access::Write));
    }
}

#[test]
fn a_page_table_that_always_allows_access_still_does_when_it_is_cleared() {
    let mut table = PageTable::allowing(LIMIT, StoragePlace::Apart, &[Access::Read, Access::Write]).unwrap();
    table.clear_into(&mut Vec::new());
    for (page, allowed) in [(0, true), (LIMIT.0 - 1, true), (LIMIT.0, false)] {
        for access in [Access::Read, Access::Write] {
            assert_eq!(table.allows(PageIndex(page), access), allowed);
        }
    }
}

#[test]
fn a_page_table_that_always_allows_reads_still_records_writes() {
    let mut table = PageTable::allowing(LIMIT, StoragePlace::Apart, &[Access::Read]).unwrap();
    table.allow(PageIndex(5), Access::Write);
    table.allow(PageIndex(5), Access::Write);
    assert_eq!(table.pages(Access::Write).len(), 1);
    table.clear_into(&mut Vec::new());
    for page in 0..LIMIT.0 {
        let rights = [Access::Read, Access::Write].map(|access| table.allows(PageIndex(page), access));
        assert_eq!(rights, [true, false]);
    }
    assert_eq!(table.pages(Access::Write).len(), 0);
}

#[test]
fn a_region_lists_its_touched_pages_and_a_reset_makes_them_zero() {
    let source = MapSource::with(&[(1, 1), (40, 4)]);
    let mut region = Region::new(LIMIT.into(), StateRoot::ZERO).unwrap();
    assert_eq!(region.populated(), []);
    for page in [1, 40, 63] {
        region.load(PageIndex(page), &source).unwrap();
    }
    let touched = region.populated();
    assert!([1, 40].iter().all(|page| touched.contains(&PageIndex(*page))), "{touched:?}");
    assert!(!touched.contains(&PageIndex(63)), "a page that is not stored takes no memory: {touched:?}");
    assert_eq!(region.page(PageIndex(63)), &[0; PAGE_SIZE]);
    assert_eq!(region.page(PageIndex(40)), &source.bytes(PageIndex(40)));
    region.reset(StateRoot([1; 32])).unwrap();
    assert_eq!((region.present_pages(), region.state()), (0, StateRoot([1; 32])));
    assert_eq!(region.page(PageIndex(40)), &[0; PAGE_SIZE]);
}

#[test]
fn a_forgotten_page_is_loaded_again_and_a_present_one_is_not() {
    let mut source = MapSource::with(&[(7, 1)]);
    let mut region = Region::new(LIMIT.into(), StateRoot::ZERO).unwrap();
    region.load(PageIndex(7), &source).unwrap();
    region.load(PageIndex(7), &source).unwrap();
    assert_eq!((source.reads.get(), region.present_pages()), (1, 1));
    source.pages.insert(PageIndex(7), Box::new([2; PAGE_SIZE]));
    region.forget(PageIndex(7));
    region.forget(PageIndex(1_000_000));
    region.load(PageIndex(7), &source).unwrap();
    assert_eq!((region.page(PageIndex(7))[0], source.reads.get()), (2, 2));
}
