//! The space of a file that is written through its map: how long the file is, that its pages have blocks, and that readers
//! and other ways of writing go on beside it.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};

use tempfile::TempDir;

use super::child::SecondProcess;
use super::commit::Commit;
use super::*;
use crate::store::tests::{address, deploy, write};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex};

/// The length of the longest map.
const MAP: u64 = crate::limits::STORE_MAP_BYTES as u64;

/// Whether files of these tests are where their blocks can be reserved.
pub(super) fn is_reserved_here() -> bool {
    let directory = TempDir::new().unwrap();
    let is_reserved = super::file_system::open_where_blocks_are_kept(directory.path()).is_some();
    if !is_reserved {
        eprintln!("skipped: blocks cannot be reserved in {}", directory.path().display());
    }
    is_reserved
}

pub(super) fn data_file(directory: &TempDir) -> File {
    File::options().read(true).write(true).open(directory.path().join("data.mdb")).unwrap()
}

pub(super) fn length(directory: &TempDir) -> u64 {
    data_file(directory).metadata().unwrap().len()
}

pub(super) fn used(store: &LmdbStore) -> u64 {
    (store.shared.environment.info().unwrap().last_pgno() as u64 + 1) * PAGE_SIZE as u64
}

/// A page without zeros.
fn page(index: u32) -> PageBytes {
    std::array::from_fn(|at| (index as usize * 7 + at) as u8 | 1)
}

pub(super) fn commit(store: &LmdbStore, index: u32) {
    write(store, address(1), &[(index, page(index))]).unwrap();
}

/// Checks that the first `pages` pages are stored, and that the check finds no problem.
pub(super) fn verify(store: &LmdbStore, pages: u32) {
    assert_eq!(store.check().unwrap().problems, []);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.stored_pages(&address(1)).unwrap().len() as u32, pages);
    let mut bytes = [0; PAGE_SIZE];
    for index in 0..pages {
        assert!(snapshot.read_page(&address(1), PageIndex(index), &mut bytes).unwrap());
        assert_eq!(bytes, page(index));
    }
}

#[test]
fn a_file_is_no_longer_than_what_is_reserved_and_when_it_is_closed_than_what_is_used() {
    if !is_reserved_here() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let mut last = 0;
    for round in 0..4 {
        let store = open_async(directory.path());
        assert!(store.shared.reservation.is_some());
        if round == 0 {
            deploy(&*store, address(1));
        }
        for index in 0..100 {
            commit(&store, round * 100 + index);
            let (length, used) = (length(&directory), used(&store));
            assert!((used..=used + (3 << 20)).contains(&length), "{length} bytes, {used} of them used");
        }
        verify(&store, (round + 1) * 100);
        last = used(&store);
        drop(store);
        assert_eq!(length(&directory), last);
    }
    drop(open_async(directory.path()));
    assert_eq!(length(&directory), last, "nothing was written");
}

#[test]
fn a_file_that_was_left_as_long_as_the_map_is_cut_by_the_next_writer_and_what_it_holds_is_kept() {
    for through_map in [true, false] {
        let directory = TempDir::new().unwrap();
        let store = open_written(directory.path(), through_map);
        deploy(&*store, address(1));
        commit(&store, 0);
        let used = used(&store);
        drop(store);
        data_file(&directory).set_len(MAP).unwrap();
        verify(&LmdbStore::open(directory.path(), &read_only()).unwrap(), 1);
        assert_eq!(length(&directory), MAP, "who reads leaves it");
        drop(open_written(directory.path(), through_map));
        assert!(length(&directory) <= used);

        // Pages beyond the last that is recorded: of a process that was killed, or the record is wrong.
        let file = data_file(&directory);
        file.write_all_at(&page(3), used + (1 << 20)).unwrap();
        file.set_len(MAP).unwrap();
        let store = open_written(directory.path(), through_map);
        commit(&store, 1);
        verify(&store, 2);
        drop(store);
        let mut found = [0; PAGE_SIZE];
        file.read_exact_at(&mut found, used + (1 << 20)).unwrap();
        assert_eq!(found, page(3));
        assert!(length(&directory) < used + (2 << 20), "{}", length(&directory));
    }
}

#[test]
fn a_store_written_one_way_opens_the_other_way() {
    let directory = TempDir::new().unwrap();
    deploy(&*open_async(directory.path()), address(1));
    for round in 0..12 {
        let store = match round % 3 {
            2 => LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap(),
            way => open_written(directory.path(), way == 0),
        };
        for index in 0..10 {
            commit(&store, round * 10 + index);
        }
        verify(&store, (round + 1) * 10);
    }
}

#[test]
fn a_file_with_holes_has_a_block_for_every_page_before_one_is_written() {
    if !is_reserved_here() {
        return;
    }
    let directory = TempDir::new().unwrap();
    with_a_hole(directory.path());
    let copy = TempDir::new().unwrap();
    sparse_copy(directory.path(), copy.path());
    let blocks = || data_file(&copy).metadata().unwrap().blocks() * 512;
    assert!(blocks() < length(&copy) - (1 << 20), "{} bytes of {}", blocks(), length(&copy));
    let store = open_async(copy.path());
    commit(&store, 1);
    assert!(blocks() >= used(&store), "{} bytes of {}", blocks(), used(&store));
    verify(&store, 2);
}

/// A store with a page, of whose file two MiB are free and zero.
pub(super) fn with_a_hole(directory: &Path) {
    let store = open_async(directory);
    deploy(&*store, address(1));
    let key = layout::code_key(&crate::units::CodeHash([0xee; 32]));
    for value in [Some(vec![0; 2 << 20]), None] {
        let mut commit = Commit::begin(&store.shared).unwrap();
        match value {
            Some(zeros) => commit.put(&key, &zeros).unwrap(),
            None => commit.delete(&key).unwrap(),
        }
        commit.end("making a hole").unwrap();
    }
    commit(&store, 0);
}

/// Copies a store's file as `cp --sparse=always` does.
pub(super) fn sparse_copy(from: &Path, to: &Path) {
    let bytes = fs::read(from.join("data.mdb")).unwrap();
    let copy = File::create(to.join("data.mdb")).unwrap();
    copy.set_len(bytes.len() as u64).unwrap();
    for (at, page) in bytes.chunks(PAGE_SIZE).enumerate() {
        if page.iter().any(|byte| *byte != 0) {
            copy.write_all_at(page, (at * PAGE_SIZE) as u64).unwrap();
        }
    }
}

#[test]
fn a_process_that_reads_beside_it_reads_on_while_the_file_is_cut_and_grows() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    commit(&store, 0);
    let mut reader = SecondProcess::start("read beside", directory.path());
    assert_eq!(reader.answer(), "1 1 0");
    drop(store);
    reader.go_on();
    assert_eq!(reader.answer(), "1 1 0");
    for round in 0..4 {
        let mut writer = SecondProcess::start("commit for ever", directory.path());
        (0..10).for_each(|_| drop(writer.answer()));
        writer.kill();
        reader.go_on();
        let answer = reader.answer();
        assert!(answer.starts_with("1 ") && answer.ends_with(" 0"), "{answer}");
        let store = open_written(directory.path(), round % 2 == 0);
        commit(&store, 100 + round);
        reader.go_on();
        assert!(reader.answer().ends_with(" 0"));
    }
    reader.kill();
}

/// Answers how many pages a snapshot taken at first reads, how many there are now, and how many problems.
pub(super) fn read_beside(store: &LmdbStore, answer: impl Fn(String), wait: impl Fn()) {
    let held = store.snapshot().unwrap();
    let pages = |snapshot: &dyn Snapshot| {
        let mut bytes = [0; PAGE_SIZE];
        let pages = snapshot.stored_pages(&address(1)).unwrap().into_iter();
        pages.filter(|page| snapshot.read_page(&address(1), *page, &mut bytes).unwrap()).count()
    };
    loop {
        let now = store.snapshot().unwrap();
        answer(format!("{} {} {}", pages(&*held), pages(&*now), store.check().unwrap().problems.len()));
        drop(now);
        wait();
    }
}
