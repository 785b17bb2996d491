//! A map that is too small grows while the store is open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::child::SecondProcess;
use super::*;
use crate::paging::PagerKind;
use crate::receipt::{Call, Value};
use crate::store::tests::{address, deploy, write};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex, Version};
use crate::vm::{Deployment, Vm, roll_back};

const SMALL: usize = 1 << 20;

/// A number of pages whose database pages do not fit into a small map.
const MANY: u32 = 1_000;

fn open_small(directory: &TempDir) -> Arc<LmdbStore> {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    let store = open_with_map(directory.path(), &options, SMALL);
    deploy(&*store, address(1));
    store
}

fn map_bytes(store: &LmdbStore) -> usize {
    store.shared.environment.info().unwrap().map_size()
}

/// A page without zeros.
fn page(index: u32) -> PageBytes {
    std::array::from_fn(|at| (index as usize + at) as u8 | 1)
}

fn commit(store: &LmdbStore, index: u32) -> Result<(), StoreError> {
    write(store, address(1), &[(index, page(index))])
}

/// There is what the first commits wrote, one page each.
fn verify(snapshot: &dyn Snapshot) -> u64 {
    let commits = snapshot.head().unwrap().0;
    let mut bytes = [0; PAGE_SIZE];
    for index in (0..commits as u32).rev().take(20) {
        assert!(snapshot.read_page(&address(1), PageIndex(index), &mut bytes).unwrap());
        assert_eq!(bytes, page(index));
    }
    commits
}

#[test]
fn it_grows_under_threads_that_read() {
    let directory = TempDir::new().unwrap();
    let store = open_small(&directory);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let read = || {
            let (mut snapshots, mut last) = (0, 0);
            while !is_done.load(Ordering::Relaxed) {
                let snapshot = store.snapshot().unwrap();
                let commits = verify(&*snapshot);
                assert!(commits >= last);
                // What was mapped when the snapshot began is there as long as it is.
                assert_eq!(verify(&*snapshot), commits);
                (snapshots, last) = (snapshots + 1, commits);
            }
            snapshots
        };
        let readers = [scope.spawn(read), scope.spawn(read), scope.spawn(read)];
        for index in 0..MANY {
            commit(&store, index).unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
        for reader in readers {
            assert!(reader.join().unwrap() > 10);
        }
    });
    assert!(map_bytes(&store) >= 8 * SMALL, "{}", map_bytes(&store));
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn one_commit_larger_than_the_map_fits_after_it_has_grown_as_often_as_it_takes() {
    let directory = TempDir::new().unwrap();
    let store = open_small(&directory);
    let pages: Vec<_> = (0..MANY).map(|index| (index, page(index))).collect();
    write(&*store, address(1), &pages).unwrap();
    roll_back(&*store, &address(1), Version(0)).unwrap();
    store.prune(&address(1), Version(2)).unwrap();
    assert_eq!(store.check().unwrap().problems, []);
    assert_eq!(store.snapshot().unwrap().stored_pages(&address(1)).unwrap(), []);
}

#[test]
fn a_commit_that_does_not_fit_while_a_snapshot_is_held_is_refused_soon_and_done_later() {
    let directory = TempDir::new().unwrap();
    let store = open_small(&directory);
    let held = store.snapshot().unwrap();
    let mut commits = 0;
    let (error, took) = loop {
        let start = Instant::now();
        match commit(&store, commits) {
            Ok(()) => commits += 1,
            Err(error) => break (error, start.elapsed()),
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("cannot grow while snapshots are held"), "{error}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!((map_bytes(&store), held.head().unwrap().0), (SMALL, 0));
    assert_eq!(verify(&*store.snapshot().unwrap()), u64::from(commits));
    assert_eq!(store.check().unwrap().problems, []);
    drop(held);
    for index in commits..MANY {
        commit(&store, index).unwrap();
    }
    assert!(map_bytes(&store) > SMALL);
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_process_that_reads_beside_it_maps_what_another_has_written() {
    let directory = TempDir::new().unwrap();
    let store = open_small(&directory);
    let mut reader = SecondProcess::start("read in a small map", directory.path());
    assert_eq!(reader.answer(), format!("0 {SMALL}"));
    for index in 0..MANY {
        commit(&store, index).unwrap();
    }
    reader.go_on();
    let answer = reader.answer();
    let (pages, mapped) = answer.split_once(' ').unwrap();
    assert_eq!(pages, MANY.to_string());
    assert!(mapped.parse::<usize>().unwrap() >= 4 * SMALL, "{mapped}");
    reader.kill();
}

#[test]
fn calls_under_every_pager_let_go_of_the_map_before_they_commit() {
    let directory = TempDir::new().unwrap();
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    let store = open_with_map(directory.path(), &options, SMALL);
    let vm = Vm::builder(store.clone()).module_cache_dir(None).build().unwrap();
    // Fills the storage page that it is told.
    let code = r#"(module (import "storage" "memory" (memory 64))
        (func (export "run") (param i32)
            (memory.fill (i32.mul (local.get 0) (i32.const 4096)) (i32.const 7) (i32.const 4096))))"#;
    let contract = vm.deploy(code.as_bytes(), &Deployment::default()).unwrap().address;
    let mut pagers = PagerKind::available().cycle();
    for page in 0..1_000 {
        let call = Call::new(contract, "run").args([Value::I32(page)]).pager(pagers.next().unwrap());
        let _ = vm.run(&call).commit().unwrap();
    }
    assert!(map_bytes(&store) > SMALL);
    assert_eq!(store.check().unwrap().problems, []);
}
