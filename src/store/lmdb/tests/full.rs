//! No space left: in a file that may not grow, and on a file system that is full.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use super::child::SecondProcess;
use super::space::{sparse_copy, with_a_hole};
use super::*;
use crate::store::tests::{address, deploy, write};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex};

/// Pages without zeros that a commit writes, of as many that take turns.
const PAGES_OF_COMMIT: u32 = 8;

/// Commits for which space is made.
const MORE: u64 = 7;

fn page(commit: u64, page: u32) -> PageBytes {
    std::array::from_fn(|at| (commit as usize * 31 + page as usize * 7 + at) as u8 | 1)
}

fn commit(store: &LmdbStore) -> Result<(), StoreError> {
    let commit = store.snapshot()?.head()?.0 + 1;
    let first = commit as u32 * PAGES_OF_COMMIT;
    let pages: Vec<_> = (first..first + PAGES_OF_COMMIT).map(|index| (index, page(commit, index))).collect();
    write(store, address(1), &pages)
}

/// There is all of the commits up to the last, nothing of another, and no problem.
fn verify(store: &LmdbStore, head: u64) {
    assert_eq!(store.check().unwrap().problems, []);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.head().unwrap().0, head);
    assert_eq!(snapshot.stored_pages(&address(1)).unwrap().len() as u64, head * u64::from(PAGES_OF_COMMIT));
    let mut bytes = [0; PAGE_SIZE];
    for index in PAGES_OF_COMMIT..(head as u32 + 2) * PAGES_OF_COMMIT {
        let commit = u64::from(index / PAGES_OF_COMMIT);
        let is_there = snapshot.read_page(&address(1), PageIndex(index), &mut bytes).unwrap();
        assert_eq!((is_there, is_there && bytes == page(commit, index)), (commit <= head, commit <= head));
    }
}

fn refused_for_space(store: &LmdbStore) {
    let error = commit(store).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(text.contains("no space left") && text.contains(store.shared.path().to_str().unwrap()), "{text}");
}

/// Commits until nothing fits. Returns the last commit that did.
fn commit_until_full(store: &LmdbStore) -> u64 {
    let head = |store: &LmdbStore| store.snapshot().unwrap().head().unwrap().0;
    loop {
        let before = head(store);
        match commit(store) {
            Ok(()) => assert_eq!(head(store), before + 1),
            Err(StoreError::Full { .. }) => return before,
            Err(error) => panic!("{error:?}"),
        }
        assert!(before < 10_000, "it is never full");
    }
}

/// Commits until nothing fits, goes on with what is there, and goes on committing when there is space.
fn fill(open: impl Fn() -> Arc<LmdbStore>, take_space: impl FnOnce(), make_space: impl FnOnce()) -> String {
    let mut store = open();
    deploy(&*store, address(1));
    take_space();
    let mut before = commit_until_full(&store);
    assert!(before > 3, "{before} commits");
    // More readers than fit into the first page of their table.
    let readers: Vec<_> = (0..200).map(|_| store.snapshot().unwrap()).collect();
    verify(&store, before);
    refused_for_space(&store);
    drop(readers);
    for _ in 0..3 {
        refused_for_space(&store);
        verify(&store, before);
        drop(store);
        store = open();
        verify(&store, before);
        // What is not reserved for a commit through the map is there for one that is written.
        before = commit_until_full(&store);
    }
    make_space();
    for commits in 1..=MORE {
        commit(&store).unwrap();
        assert_eq!(store.snapshot().unwrap().head().unwrap().0, before + commits);
    }
    verify(&store, before + MORE);
    drop(store);
    verify(&open(), before + MORE);
    format!("{before} commits")
}

/// When a limit to the size of files is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    AtFirst,
    Later,
}

/// In a process of its own, which has a limit to the size of files.
pub(super) fn fill_up_to_a_limit(directory: &Path, durability: Durability, when: Limit) -> String {
    let set = |current: Option<u64>| {
        let maximum = getrlimit(Resource::Fsize).maximum;
        setrlimit(Resource::Fsize, Rlimit { current: current.or(maximum), maximum }).unwrap();
    };
    let least = || set(Some((1 << 20) + 4096 * 3));
    let open = || {
        let store = LmdbStore::open(directory, &OpenOptions { durability, ..OpenOptions::default() }).unwrap();
        let is_limited = getrlimit(Resource::Fsize).current.is_some();
        assert!(!is_limited || store.shared.reservation.is_none());
        store
    };
    match when {
        Limit::AtFirst => {
            least();
            fill(open, || {}, || set(None))
        }
        Limit::Later => fill(open, least, || set(None)),
    }
}

#[test]
fn a_file_that_may_not_grow_refuses_the_commit_and_keeps_the_store_usable() {
    for task in ["fill up to a limit", "fill up to a limit set later", "fill up to a limit, synced"] {
        let directory = TempDir::new().unwrap();
        // The signal that a write beyond the limit sends is ignored, which a process inherits: the write is an error then.
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap '' XFSZ; exec "$0" "$@""#]).arg(std::env::current_exe().unwrap());
        let answer = SecondProcess::start_as(command, task, directory.path()).answer();
        assert!(answer.ends_with(" commits"), "{answer}");
    }
}

/// A file system of a few MiB, and whether a file in it is written through its map.
fn small_file_system() -> (PathBuf, bool) {
    let small = PathBuf::from(std::env::var_os("VELLUM_TEST_SMALL_FILE_SYSTEM").unwrap());
    let is_mapped = std::env::var("VELLUM_TEST_IS_WRITTEN_THROUGH_MAP").unwrap() == "yes";
    (small, is_mapped)
}

#[test]
#[ignore = "needs a file system of a few MiB of its own: see `.ci/run`"]
fn a_full_file_system_refuses_the_commit_and_keeps_the_store_usable() {
    let (small, is_mapped) = small_file_system();
    for (durability, through_map) in [(Durability::Async, true), (Durability::Async, false), (Durability::Synced, true)]
    {
        let directory = TempDir::new_in(&small).unwrap();
        let filler = directory.path().join("filler");
        fs::write(&filler, vec![1; 1 << 20]).unwrap();
        let open = || {
            let options = OpenOptions { durability, ..OpenOptions::default() };
            let settings = Settings { through_map, ..Settings::default() };
            LmdbStore::open_with(&directory.path().join("store"), &options, settings).unwrap()
        };
        let expected = is_mapped && through_map && durability == Durability::Async;
        assert_eq!(open().shared.reservation.is_some(), expected);
        fill(open, || {}, || fs::remove_file(&filler).unwrap());
    }
}

#[test]
#[ignore = "needs a file system of a few MiB of its own: see `.ci/run`"]
fn a_table_of_readers_without_blocks_on_a_full_file_system_is_an_error_and_the_store_is_whole() {
    let (small, _) = small_file_system();
    let directory = TempDir::new_in(&small).unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    commit(&store).unwrap();
    drop(store);
    let table = directory.path().join("lock.mdb");
    let bytes = fs::metadata(&table).unwrap().len();
    let filler = small.join("filler");
    for is_sparse in [false, true] {
        fs::remove_file(&table).unwrap();
        if is_sparse {
            File::create(&table).unwrap().set_len(bytes).unwrap();
        }
        let mut file = File::create(&filler).unwrap();
        while file.write_all(&[1; 64]).is_ok() {}
        // A file that is open keeps its space.
        drop(file);
        for options in [OpenOptions::default(), read_only()] {
            let error = opening_error(directory.path(), &options);
            assert!(matches!(error, StoreError::Full { .. }) && error.to_string().contains("lock.mdb"), "{error}");
        }
        let options = OpenOptions { access: Access::ReadOnlyWithoutLock, ..OpenOptions::default() };
        verify(&LmdbStore::open(directory.path(), &options).unwrap(), 1);
        fs::remove_file(&filler).unwrap();
        verify(&LmdbStore::open(directory.path(), &read_only()).unwrap(), 1);
    }
}

#[test]
#[ignore = "needs a file system of a few MiB of its own: see `.ci/run`"]
fn a_copy_with_holes_on_a_file_system_without_space_for_them_is_written_or_refused() {
    let (small, is_mapped) = small_file_system();
    let original = TempDir::new().unwrap();
    with_a_hole(original.path());
    for is_full_before in [true, false] {
        let directory = TempDir::new_in(&small).unwrap();
        sparse_copy(original.path(), directory.path());
        let filler = small.join("filler");
        let take_space = || {
            let mut file = File::create(&filler).unwrap();
            while file.write_all(&[1; 1 << 10]).is_ok() {}
            file.sync_all().unwrap();
            // All but a few pages, and what the table of readers takes.
            file.set_len(file.metadata().unwrap().len() - (64 << 10) - (72 << 10)).unwrap();
        };
        if is_full_before {
            take_space();
        }
        let store = open_async(directory.path());
        assert_eq!(store.shared.reservation.is_some(), is_mapped && !is_full_before);
        if !is_full_before {
            take_space();
        }
        let commits = commit_until_full(&store);
        assert!(!is_mapped || is_full_before || commits > 10, "{commits} where two MiB are free in the file");
        assert_eq!(store.check().unwrap().problems, []);
        fs::remove_file(&filler).unwrap();
        for more in 1..=MORE {
            commit(&store).unwrap();
            assert_eq!(store.snapshot().unwrap().head().unwrap().0, commits + more);
        }
        assert_eq!(store.check().unwrap().problems, []);
    }
}
