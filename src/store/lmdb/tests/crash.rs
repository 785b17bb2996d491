//! A process that is killed while it commits, at random moments.

use std::time::Duration;

use tempfile::TempDir;

use super::child::SecondProcess;
use super::*;
use crate::store::tests::{address, deploy, page_with, write};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex};

/// Pages that commits write in turn.
const PAGES: u64 = 7;

/// What a commit writes: now and then a page without zeros beside the one whose turn it is.
fn pages_of(commit: u64) -> Vec<(u32, PageBytes)> {
    let mut pages = vec![((commit % PAGES) as u32, page_with(8, commit as u8 | 1))];
    if commit.is_multiple_of(5) {
        pages.push((1_000, [commit as u8 | 1; PAGE_SIZE]));
    }
    pages
}

/// Commits until it is killed, and says after each commit which it was.
pub(super) fn commit_for_ever(store: &LmdbStore, mut say: impl FnMut(u64)) {
    loop {
        let commit = store.snapshot().unwrap().head().unwrap().0 + 1;
        write(store, address(1), &pages_of(commit)).unwrap();
        say(commit);
    }
}

/// The page as the last commit that wrote it left it.
fn expected(page: u32, head: u64) -> Option<PageBytes> {
    let writes = |commit: &u64| pages_of(*commit).into_iter().find(|(written, _)| *written == page);
    (1..=head).rev().take(40).find_map(|commit| writes(&commit)).map(|(_, bytes)| bytes)
}

fn kill_again_and_again(durability: Durability, through_map: bool, task: &str, times: u64) {
    let directory = TempDir::new().unwrap();
    let options = OpenOptions { durability, ..OpenOptions::default() };
    let settings = Settings { through_map, ..Settings::default() };
    let open = || LmdbStore::open_with(directory.path(), &options, settings).unwrap();
    deploy(&*open(), address(1));
    let mut reported = 0;
    for round in 0..times {
        let mut process = SecondProcess::start(task, directory.path());
        // Some are killed before they have committed anything, some in the middle of a later commit.
        for _ in 0..round % 9 {
            reported = process.answer().parse().unwrap();
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 3_000));
        process.kill();

        let store = open();
        let length = directory.path().join("data.mdb").metadata().unwrap().len();
        assert!(length < 1 << 30, "{length} bytes: some are killed while the file is as long as the map");
        let head = store.snapshot().unwrap().head().unwrap().0;
        assert!(head >= reported, "commit {reported} was reported, and {head} is the last");
        assert_eq!(store.check().unwrap().problems, [], "round {round}");
        let snapshot = store.snapshot().unwrap();
        let mut bytes = [0; PAGE_SIZE];
        for page in (0..PAGES as u32).chain([1_000]) {
            snapshot.read_page(&address(1), PageIndex(page), &mut bytes).unwrap();
            assert_eq!(bytes, expected(page, head).unwrap_or([0; PAGE_SIZE]), "page {page} after commit {head}");
        }
        reported = head;
    }
    assert!(reported > times, "{reported} commits");
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_sound_store_with_every_synced_commit() {
    kill_again_and_again(Durability::Synced, true, "commit for ever, synced", 100);
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_sound_store_without_syncing_too() {
    kill_again_and_again(Durability::Async, false, "commit for ever, written", 100);
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_sound_store_while_it_writes_through_the_map() {
    kill_again_and_again(Durability::Async, true, "commit for ever", 150);
}
