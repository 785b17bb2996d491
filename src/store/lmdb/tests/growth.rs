//! Many commits: the space that they take, and the space that pruning frees.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::store::tests::{address, deploy, page_with, write};
use crate::units::{PageIndex, Version};

fn commit_many(store: &LmdbStore, count: u64, page: impl Fn(u64) -> u32) -> Duration {
    let mut times = Vec::new();
    for n in 0..count {
        let mut bytes = page_with(8 * (n as usize % 500), n as u8 | 1);
        bytes[4_000..4_008].copy_from_slice(&n.to_le_bytes());
        let start = Instant::now();
        write(store, address(1), &[(page(n), bytes)]).unwrap();
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

fn file_pages(store: &LmdbStore) -> usize {
    store.shared.environment.info().unwrap().last_pgno()
}

#[test]
fn pruning_gives_the_space_back() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    commit_many(&store, 10_000, |n| (n % 16) as u32);
    let before = file_pages(&store);
    let grown = |commits| before * commits / 10_000;
    store.prune(&address(1), Version(10_000)).unwrap();
    assert_eq!(store.check().unwrap().problems, []);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.mark(&address(1)).unwrap().unwrap().version, Version(10_000));
    let error = snapshot.account_at(&address(1), Default::default()).unwrap_err();
    assert!(matches!(error, StoreError::Pruned { kept: Version(10_000), .. }), "{error}");
    drop(snapshot);
    // Pruning itself takes pages for what one of its transactions changes.
    let pruned = file_pages(&store);
    assert!(pruned < before + grown(2_000), "{pruned} pages after {before}");
    commit_many(&store, 3_000, |n| (n % 16) as u32);
    assert_eq!(file_pages(&store), pruned, "without pruning it would be {} more", grown(3_000));
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn one_page_of_an_old_version_is_read_without_the_diffs_of_others() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    write(&*store, address(1), &[(9, page_with(0, 1))]).unwrap();
    write(&*store, address(1), &[(9, page_with(0, 2))]).unwrap();
    commit_many(&store, 50, |_| 3);
    // Any diff but the second is destroyed.
    for (key, value) in super::damage::entries(&store, "diff") {
        if value.len() > 8 && !key.starts_with(&layout::diff_name(&address(1), crate::units::CommitNumber(2))) {
            let mut damaged = value.clone();
            damaged[5] ^= 1;
            super::damage::replace(&store, &key, Some(&(key.clone(), damaged)));
        }
    }
    let snapshot = store.snapshot().unwrap();
    let mut bytes = [0; crate::units::PAGE_SIZE];
    snapshot.read_page_at(&address(1), PageIndex(9), crate::units::CommitNumber(1), &mut bytes).unwrap();
    assert_eq!(bytes, page_with(0, 1));
    assert!(snapshot.read_page_at(&address(1), PageIndex(3), crate::units::CommitNumber(4), &mut bytes).is_err());
}

#[test]
#[ignore = "takes about two minutes: run it alone and optimised, with --nocapture, for its figures"]
fn a_million_small_commits() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    let page = |n: u64| (n * 7_919 % 256) as u32;
    commit_many(&store, 1_000, page);
    let early = commit_many(&store, 1_000, page);
    commit_many(&store, 997_000, page);
    let late = commit_many(&store, 1_000, page);
    let size = file_pages(&store) * 4_096;
    drop(store);
    let start = Instant::now();
    let store = open_async(directory.path());
    let opening = start.elapsed();
    let start = Instant::now();
    store.prune(&address(1), Version(1_000_000)).unwrap();
    let pruning = start.elapsed();
    // Pruning itself takes pages for what one of its transactions changes.
    let pruned = file_pages(&store) * 4_096;
    assert!(pruned < size + size / 10, "{pruned} bytes after {size}");
    commit_many(&store, 100_000, page);
    let after = file_pages(&store) * 4_096;
    println!("commit {early:?} after a thousand, {late:?} after a million; {size} bytes; opened in {opening:?}");
    println!("pruned in {pruning:?}; {after} bytes after a hundred thousand more");
    assert!(late.as_secs_f64() < 1.5 * early.as_secs_f64(), "{late:?} after {early:?}");
    assert_eq!(after, pruned, "what was pruned is used again");
}
