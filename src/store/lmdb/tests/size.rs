//! How many bytes a commit writes.

use tempfile::TempDir;

use super::*;
use crate::store::tests::{address, deploy, write};
use crate::units::PAGE_SIZE;

const PAGES: u32 = 1_000;

/// Bytes that a commit writes: while a snapshot is held no page of the file is used again, so it grows by every page
/// that is written.
fn bytes_written(store: &LmdbStore, commit: impl FnOnce()) -> usize {
    let last_page = || store.shared.environment.info().unwrap().last_pgno();
    let before = last_page();
    commit();
    (last_page() - before) * 4096
}

#[test]
fn eight_bytes_changed_in_each_of_a_thousand_pages_cost_less_than_eight_kib_a_page() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    let _held = store.snapshot().unwrap();
    deploy(&*store, address(1));
    let pages = |change: u8| -> Vec<_> {
        let full = |page: u32| std::array::from_fn::<u8, PAGE_SIZE, _>(|at| (at % 251) as u8 ^ page as u8 | 1);
        let changed = |page: u32| {
            let mut bytes = full(page);
            bytes[64..72].fill(change);
            bytes
        };
        (0..PAGES).map(|page| (page, changed(page))).collect()
    };
    write(&*store, address(1), &pages(100)).unwrap();
    for change in [101, 102, 103] {
        let written = bytes_written(&store, || write(&*store, address(1), &pages(change)).unwrap());
        let per_page = written / PAGES as usize;
        // A page, its share of the page and tree tables' leaves, and of the diff.
        assert!((4096..4700).contains(&per_page), "{per_page} bytes a page");
    }
    let one = bytes_written(&store, || write(&*store, address(1), &pages(104)[500..501]).unwrap());
    assert!(one <= 24 * 4096, "{one} bytes for one page");
}
