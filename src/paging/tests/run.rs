//! A pager and a model of the pages that it should present and find dirty.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::contract::StoragePlace;
use crate::paging::{Pager, PagerKind, PagingError};

/// A transaction in progress, on committed pages in a map.
pub(super) struct Run {
    pub(super) kind: PagerKind,
    pub(super) region: Region,
    pub(super) source: MapSource,
    pager: &'static dyn Pager,
    table: PageTable,
    limit: PageCount,
    current: BTreeMap<PageIndex, PageBytes>,
    written: BTreeSet<PageIndex>,
}

impl Run {
    pub(super) fn new(kind: PagerKind, limit: PageCount, source: MapSource) -> Self {
        wasmtime_first();
        let pager = kind.pager().unwrap();
        let mut region = pager.region(limit.into(), StateRoot::ZERO, PageCount(4)).unwrap();
        let table = pager.page_table(limit, StoragePlace::Apart).unwrap();
        pager.enter(&mut region, &source, limit).unwrap();
        Self { kind, region, source, pager, table, limit, current: BTreeMap::new(), written: BTreeSet::new() }
    }

    fn current(&self, page: PageIndex) -> PageBytes {
        self.current.get(&page).copied().unwrap_or_else(|| self.source.bytes(page))
    }

    pub(super) fn try_read(&mut self, page: u32) -> Result<(), PagingError> {
        self.pager.touch(&mut self.region, &mut self.table, page..page + 1, Access::Read, &self.source)
    }

    pub(super) fn read(&mut self, page: u32) {
        self.try_read(page).unwrap();
        let page = PageIndex(page);
        assert!(self.table.allows(page, Access::Read));
        assert_eq!(self.region.page(page), &self.current(page), "{}: page {page}", self.kind);
    }

    pub(super) fn write(&mut self, page: u32, at: usize, byte: u8) {
        self.pager.touch(&mut self.region, &mut self.table, page..page + 1, Access::Write, &self.source).unwrap();
        let page = PageIndex(page);
        self.region.page_mut(page)[at] = byte;
        let mut bytes = self.current(page);
        bytes[at] = byte;
        self.current.insert(page, bytes);
        self.written.insert(page);
    }

    /// Checks that the pager finds all written pages and that they have their new content.
    pub(super) fn check(&self) {
        let found = self.pager.written(&self.region, &self.source).unwrap();
        assert!(found.is_sorted(), "{}: {found:?}", self.kind);
        let lost: Vec<_> = self.written.iter().filter(|page| !found.contains(page)).collect();
        assert!(lost.is_empty(), "{}: lost {lost:?} of {}", self.kind, self.written.len());
        for page in found {
            assert_eq!(self.region.page(page), &self.current(page), "{}: page {page}", self.kind);
        }
    }

    /// Ends the transaction with `keep` or `undo` and starts another.
    pub(super) fn end(&mut self, keep: bool) {
        self.check();
        if keep {
            for (page, bytes) in std::mem::take(&mut self.current) {
                self.source.pages.insert(page, Box::new(bytes));
            }
            self.pager.keep(&mut self.region, StateRoot::ZERO).unwrap();
        } else {
            self.current.clear();
            self.pager.undo(&mut self.region, &self.source).unwrap();
        }
        self.written.clear();
        self.table.clear_into(&mut Vec::new());
        assert_eq!(self.region.dirty_pages(), []);
        self.pager.enter(&mut self.region, &self.source, self.limit).unwrap();
    }
}

/// Makes wasmtime install its signal handlers before ours, as every VM does.
///
/// Installed later, they would treat the faults of a region as traps. So every test that makes a region calls this first.
pub(super) fn wasmtime_first() {
    static ENGINE: LazyLock<wasmtime::Engine> = LazyLock::new(wasmtime::Engine::default);
    LazyLock::force(&ENGINE);
}
