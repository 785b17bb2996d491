//! Backups: of one commit while others are made, and what is left when one fails.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::files::make;
use super::*;
use crate::store::tests::{address, deploy, page_with, write};
use crate::units::PAGE_SIZE;

#[test]
fn a_backup_is_a_store_of_one_commit_while_commits_go_on() {
    for durability in [Durability::Synced, Durability::Async] {
        let directory = TempDir::new().unwrap();
        let store =
            LmdbStore::open(&directory.path().join("store"), &OpenOptions { durability, ..OpenOptions::default() })
                .unwrap();
        deploy(&*store, address(1));
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut n = 0;
                while !is_done.load(Ordering::Relaxed) {
                    n += 1;
                    write(
                        &*store,
                        address(1),
                        &[(n % 50, [n as u8 | 1; PAGE_SIZE]), (n % 300, page_with(8, n as u8 | 1))],
                    )
                    .unwrap();
                }
            });
            let mut last = 0;
            for n in 0..12 {
                let copy = directory.path().join(format!("copy {n}"));
                let made = store.backup(&copy, n % 2 == 1).unwrap();
                assert_eq!(fs::metadata(copy.join("data.mdb")).unwrap().len(), made.bytes);
                assert_eq!(fs::read_dir(&copy).unwrap().count(), 1, "the data file alone");
                let copied = LmdbStore::open(&copy, &OpenOptions::default()).unwrap();
                assert_eq!(copied.snapshot().unwrap().head().unwrap(), made.commit);
                assert_eq!(copied.check().unwrap().problems, []);
                assert!(made.commit.0 >= last, "{} after {last}", made.commit);
                last = made.commit.0;
                write(&*copied, address(1), &[(7, page_with(9, 9))]).unwrap();
            }
            is_done.store(true, Ordering::Relaxed);
        });
    }
}

#[test]
fn a_backup_goes_into_an_empty_directory_and_leaves_nothing_when_it_fails() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("store");
    make(&path);
    let store = LmdbStore::open(&path, &OpenOptions { create: false, ..read_only() }).unwrap();
    assert!(matches!(store.backup(&path, false).unwrap_err(), StoreError::Occupied { .. }));
    let below_a_file = path.join("data.mdb/no/such");
    assert!(matches!(store.backup(&below_a_file, false).unwrap_err(), StoreError::Io { .. }));
    store.backup(&directory.path().join("whose/parents are missing"), false).unwrap();
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let whole = store.backup(&empty, false).unwrap();
    assert!(store.backup(&directory.path().join("compact"), true).unwrap().bytes < whole.bytes);
    assert!(matches!(MemoryStore::new().backup(&directory.path().join("memory"), false), Err(StoreError::NotOnDisk)));
    assert!(!directory.path().join("memory").exists());
    drop(store);

    // A compact backup follows the table to every value.
    damage_overflow_pages(&path);
    let store = LmdbStore::open(&path, &read_only()).unwrap();
    let copy = directory.path().join("of a damaged store");
    let error = store.backup(&copy, true).unwrap_err();
    assert!(error.is_damage() && !copy.exists(), "{error}");
}

/// Flips a bit in the header of every overflow page of a data file.
fn damage_overflow_pages(path: &Path) {
    let data = File::options().read(true).write(true).open(path.join("data.mdb")).unwrap();
    let pages = data.metadata().unwrap().len() / PAGE_SIZE as u64;
    let mut flags = [0; 2];
    for page in 2..pages {
        let at = page * PAGE_SIZE as u64 + 10;
        data.read_exact_at(&mut flags, at).unwrap();
        if flags == [4, 0] {
            data.write_all_at(&[0, 0], at).unwrap();
        }
    }
}
