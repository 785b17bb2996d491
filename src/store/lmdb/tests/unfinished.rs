//! A process that is killed between the stores that name a commit in the map.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use super::child::SecondProcess;
use super::commit::Commit;
use super::space::{self, data_file, is_reserved_here, verify};
use super::*;
use crate::store::tests::{address, deploy};
use crate::units::PAGE_SIZE;

const NUMBER_AT: u64 = 144;
const MARK_AT: u64 = 2_048;
/// Entries and root of the table, in a page that names a commit.
const ENTRIES_AND_ROOT: std::ops::Range<u64> = 120..136;
/// The number of the newest commit in the table of readers.
const NUMBER_FOR_READERS_AT: u64 = 48;

fn number_at(file: &File, at: u64) -> u64 {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at).unwrap();
    u64::from_ne_bytes(bytes)
}

fn set(file: &File, at: u64, number: u64) {
    file.write_all_at(&number.to_ne_bytes(), at).unwrap();
}

/// The newest commit of the database, and where the page is that names it.
fn newest(file: &File) -> (u64, u64) {
    [0, PAGE_SIZE as u64].map(|page| (number_at(file, page + NUMBER_AT), page)).into_iter().max().unwrap()
}

/// Leaves the newest commit as it is when its number is stored before its table.
fn tear(directory: &TempDir) -> u64 {
    let file = data_file(directory);
    let (number, page) = newest(&file);
    for at in ENTRIES_AND_ROOT.step_by(8) {
        set(&file, page + at, 0x7777);
    }
    set(&file, MARK_AT, number);
    number
}

/// Makes a store with a number of pages, each written by a commit.
fn store_of(pages: u32) -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    let file = data_file(&directory);
    for index in 0..pages {
        space::commit(&store, index);
        assert_eq!(number_at(&file, MARK_AT), 0);
    }
    directory
}

#[test]
fn a_commit_of_which_only_the_number_is_there_is_taken_back_by_who_opens_next() {
    type Open = fn(&Path) -> Arc<LmdbStore>;
    let ways: [Open; 4] = [
        open_async,
        |path| open_written(path, false),
        |path| LmdbStore::open(path, &OpenOptions::default()).unwrap(),
        |path| LmdbStore::open(path, &read_only()).unwrap(),
    ];
    for open in ways {
        let directory = store_of(5);
        let torn = tear(&directory);
        let store = open(directory.path());
        verify(&store, 4);
        let file = data_file(&directory);
        assert_eq!((number_at(&file, MARK_AT), newest(&file).0), (0, torn - 1));
        drop(store);
        let store = open_async(directory.path());
        space::commit(&store, 4);
        verify(&store, 5);
        drop(store);
        verify(&open(directory.path()), 5);
    }
}

#[test]
fn a_commit_is_marked_while_it_is_done() {
    if !is_reserved_here() {
        return;
    }
    let directory = store_of(1);
    let store = open_async(directory.path());
    let file = data_file(&directory);
    let is_done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = 0;
            while seen == 0 && !is_done.load(Ordering::Relaxed) {
                seen = number_at(&file, MARK_AT);
            }
            seen
        });
        let first = newest(&file).0 + 1;
        let mut last = first;
        // Such a commit takes long, as it names thousands of free pages.
        while !watcher.is_finished() && last < first + 1_000 {
            let mut commit = Commit::begin(&store.shared).unwrap();
            let key = layout::code_key(&crate::units::CodeHash([0xee; 32]));
            if last.is_multiple_of(2) {
                commit.put(&key, &vec![7; 16 << 20]).unwrap()
            } else {
                commit.delete(&key).unwrap()
            }
            commit.end("writing much").unwrap();
            last = newest(&file).0;
        }
        is_done.store(true, Ordering::Relaxed);
        let seen = watcher.join().unwrap();
        assert!((first..=last).contains(&seen), "{seen} of {first} to {last}");
        seen
    });
    assert!(newest(&file).0 >= seen);
    assert_eq!(number_at(&file, MARK_AT), 0);
}

#[test]
fn a_mark_of_a_commit_that_never_came_to_its_number_goes() {
    let directory = store_of(3);
    let file = data_file(&directory);
    set(&file, MARK_AT, newest(&file).0 + 1);
    verify(&LmdbStore::open(directory.path(), &read_only()).unwrap(), 3);
    let store = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    assert_eq!(number_at(&file, MARK_AT), 0);
    space::commit(&store, 3);
    drop(store);
    verify(&open_async(directory.path()), 4);
}

#[test]
fn a_whole_commit_that_a_reader_can_have_seen_stays() {
    let directory = store_of(5);
    let mut reader = SecondProcess::start("read beside", directory.path());
    assert_eq!(reader.answer(), "5 5 0");
    let file = data_file(&directory);
    let seen = newest(&file).0;
    set(&file, MARK_AT, seen);
    let store = open_async(directory.path());
    assert_eq!((number_at(&file, MARK_AT), newest(&file).0), (0, seen));
    verify(&store, 5);
    space::commit(&store, 5);
    reader.go_on();
    assert_eq!(reader.answer(), "5 6 0");
    reader.kill();
}

#[test]
fn a_commit_of_which_only_the_number_is_there_is_taken_back_beside_a_reader() {
    if !is_reserved_here() {
        return;
    }
    let directory = store_of(4);
    let mut reader = SecondProcess::start("read beside", directory.path());
    assert_eq!(reader.answer(), "4 4 0");
    space::commit(&open_async(directory.path()), 4);
    let torn = tear(&directory);
    let readers = File::options().read(true).write(true).open(directory.path().join("lock.mdb")).unwrap();
    assert_eq!(number_at(&readers, NUMBER_FOR_READERS_AT), torn, "it is somewhere else");
    set(&readers, NUMBER_FOR_READERS_AT, torn - 1);
    // The table of readers was opened and closed: that gave up no lock, as this process has it open nowhere else.
    drop(readers);
    let store = open_async(directory.path());
    verify(&store, 4);
    reader.go_on();
    assert_eq!(reader.answer(), "4 4 0");
    space::commit(&store, 4);
    reader.go_on();
    assert_eq!(reader.answer(), "4 5 0");
    reader.kill();
}
