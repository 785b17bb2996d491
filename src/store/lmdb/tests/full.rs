//! No space left: in a file that may not grow, and on a file system that is full.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use super::child::SecondProcess;
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

/// Commits until nothing fits, goes on with what is there, and goes on committing when there is space.
pub(super) fn fill(directory: &Path, durability: Durability, make_space: impl FnOnce()) -> String {
    let open = || LmdbStore::open(directory, &OpenOptions { durability, ..OpenOptions::default() }).unwrap();
    let mut store = open();
    deploy(&*store, address(1));
    let head = |store: &LmdbStore| store.snapshot().unwrap().head().unwrap().0;
    let before = loop {
        let before = head(&store);
        match commit(&store) {
            Ok(()) => assert_eq!(head(&store), before + 1),
            Err(StoreError::Full { .. }) => break before,
            Err(error) => panic!("{error:?}"),
        }
        assert!(before < 10_000, "it is never full");
    };
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
    }
    make_space();
    for commits in 1..=MORE {
        commit(&store).unwrap();
        assert_eq!(head(&store), before + commits);
    }
    verify(&store, before + MORE);
    drop(store);
    verify(&open(), before + MORE);
    format!("{before} commits")
}

/// In a process of its own, which has a limit to the size of files.
pub(super) fn fill_up_to_a_limit(directory: &Path, durability: Durability) -> String {
    let limit = |current: Option<u64>| {
        let maximum = getrlimit(Resource::Fsize).maximum;
        setrlimit(Resource::Fsize, Rlimit { current: current.or(maximum), maximum }).unwrap();
    };
    limit(Some((1 << 20) + 4096 * 3));
    fill(directory, durability, || limit(None))
}

#[test]
fn a_file_that_may_not_grow_refuses_the_commit_and_keeps_the_store_usable() {
    for task in ["fill up to a limit", "fill up to a limit, synced"] {
        let directory = TempDir::new().unwrap();
        // The signal that a write beyond the limit sends is ignored, which a process inherits: the write is an error then.
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap '' XFSZ; exec "$0" "$@""#]).arg(std::env::current_exe().unwrap());
        let answer = SecondProcess::start_as(command, task, directory.path()).answer();
        assert!(answer.ends_with(" commits"), "{answer}");
    }
}

#[test]
#[ignore = "needs a file system of a few MiB of its own: its directory in VELLUM_TEST_SMALL_FILE_SYSTEM"]
fn a_full_file_system_refuses_the_commit_and_keeps_the_store_usable() {
    let small = PathBuf::from(std::env::var_os("VELLUM_TEST_SMALL_FILE_SYSTEM").unwrap());
    for durability in [Durability::Async, Durability::Synced] {
        let directory = TempDir::new_in(&small).unwrap();
        let filler = directory.path().join("filler");
        fs::write(&filler, vec![1; 1 << 20]).unwrap();
        fill(&directory.path().join("store"), durability, || fs::remove_file(&filler).unwrap());
    }
}
