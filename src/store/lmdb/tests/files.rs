//! Files that are not as they should be: too short, with a second name, replaced while they are open, not writable.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

use tempfile::TempDir;

use super::child::{SecondProcess, copy_of_this_binary};
use super::commit::Commit;
use super::space::{data_file, length};
use super::*;
use crate::failure::FailureKind;
use crate::store::tests::{address, deploy, page_with, write};
use crate::units::PAGE_SIZE;

/// Every way to open a store.
fn ways() -> [OpenOptions; 4] {
    let with = |access, durability| OpenOptions { access, durability, create: false };
    [
        with(Access::ReadWrite, Durability::Synced),
        with(Access::ReadWrite, Durability::Async),
        with(Access::ReadOnly, Durability::Synced),
        with(Access::ReadOnlyWithoutLock, Durability::Synced),
    ]
}

/// Makes a store with pages of both kinds.
pub(super) fn make(path: &Path) {
    let store = LmdbStore::open(path, &OpenOptions::default()).unwrap();
    deploy(&*store, address(1));
    for n in 1..6 {
        write(&*store, address(1), &[(n, [n as u8; PAGE_SIZE]), (n + 50, page_with(8, 1))]).unwrap();
    }
}

#[test]
fn a_data_file_that_is_too_short_is_damage_with_both_lengths() {
    let directory = TempDir::new().unwrap();
    make(directory.path());
    let whole = fs::read(directory.path().join("data.mdb")).unwrap();
    let cuts = (1..whole.len() / PAGE_SIZE).flat_map(|page| [page * PAGE_SIZE, page * PAGE_SIZE + 700]);
    for cut in cuts.chain([200, 2_000, whole.len() - 1]) {
        for options in ways() {
            let copy = TempDir::new().unwrap();
            fs::write(copy.path().join("data.mdb"), &whole[..cut]).unwrap();
            let error = opening_error(copy.path(), &options);
            assert_eq!(error.kind(), FailureKind::Damaged, "{cut}: {error}");
            let StoreError::Truncated { length, needed, .. } = error else { panic!("{cut}: {error}") };
            // The older of the two commits can need less.
            assert!(length == cut as u64 && (length..=whole.len() as u64).contains(&needed), "{cut}: {needed}");
            assert_eq!(fs::read(copy.path().join("data.mdb")).unwrap(), whole[..cut], "it is left alone");
        }
    }
}

#[test]
fn a_data_file_without_the_free_pages_at_its_end_is_whole() {
    let directory = TempDir::new().unwrap();
    let settings = Settings { through_map: false, ..Settings::default() };
    let open = |options| LmdbStore::open_with(directory.path(), &options, settings);
    let store = open(OpenOptions::default()).unwrap();
    deploy(&*store, address(1));
    for n in 1..6 {
        write(&*store, address(1), &[(1, [n; PAGE_SIZE])]).unwrap();
    }
    // LMDB does not write pages that a transaction takes and frees.
    let mut commit = Commit::begin(&store.shared).unwrap();
    let keys = (0..500_u32)
        .map(|n| layout::code_key(&crate::units::CodeHash(std::array::from_fn(|i| (n >> (8 * (i % 4))) as u8))));
    let keys: Vec<_> = keys.collect();
    keys.iter().for_each(|key| commit.put(key, &[1; 1_000]).unwrap());
    keys.iter().for_each(|key| commit.delete(key).unwrap());
    commit.end("taking pages").unwrap();
    let used = super::space::used(&store);
    drop(store);
    assert!(length(&directory) < used, "{} of {used}: LMDB writes all pages", length(&directory));
    for options in ways() {
        let store = open(options).unwrap();
        assert_eq!(store.check().unwrap().problems, []);
        if options.access == Access::ReadWrite {
            write(&*store, address(1), &[(1, [1; PAGE_SIZE])]).unwrap();
        }
    }
    // Page by page, until one is missing that is not free.
    let error = loop {
        data_file(&directory).set_len(length(&directory) - PAGE_SIZE as u64).unwrap();
        match open(read_only()) {
            Ok(store) => assert_eq!(store.check().unwrap().problems, []),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Truncated { .. }), "{error}");
}

#[test]
fn a_data_file_that_shrinks_while_it_is_open_refuses_commits() {
    let directory = TempDir::new().unwrap();
    make(directory.path());
    let store = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    let whole = length(&directory);
    data_file(&directory).set_len(whole - PAGE_SIZE as u64).unwrap();
    let error = store.prune(&address(1), Version(2)).unwrap_err();
    let StoreError::Truncated { length, needed, .. } = error else { panic!("{error}") };
    assert_eq!((length, needed), (whole - PAGE_SIZE as u64, whole));
}

#[test]
fn a_data_file_with_a_second_name_is_refused() {
    let directory = TempDir::new().unwrap();
    let [first, second] = ["first", "second"].map(|name| directory.path().join(name));
    make(&first);
    fs::create_dir(&second).unwrap();
    fs::hard_link(first.join("data.mdb"), second.join("data.mdb")).unwrap();
    for path in [&first, &second] {
        for options in ways() {
            let error = opening_error(path, &options);
            assert!(matches!(error, StoreError::Linked { names: 2, .. }), "{error}");
            assert!(error.to_string().contains("vellum backup"), "{error}");
        }
    }
    fs::remove_file(second.join("data.mdb")).unwrap();
    LmdbStore::open(&first, &OpenOptions::default()).unwrap();
}

#[test]
fn a_second_writer_is_refused_though_vellum_lock_was_removed() {
    let directory = TempDir::new().unwrap();
    let mut other = SecondProcess::start("hold for writing", directory.path());
    assert_eq!(other.answer(), "open");
    fs::remove_file(directory.path().join("vellum.lock")).unwrap();
    for durability in [Durability::Synced, Durability::Async] {
        let error = opening_error(directory.path(), &OpenOptions { durability, ..OpenOptions::default() });
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    }
    other.kill();
    make(directory.path());
}

#[test]
fn a_store_that_is_open_is_shared_under_another_name() {
    let directory = TempDir::new().unwrap();
    let [old, new, link] = ["old", "new", "link"].map(|name| directory.path().join(name));
    let store = LmdbStore::open(&old, &OpenOptions::default()).unwrap();
    fs::rename(&old, &new).unwrap();
    symlink(&new, &link).unwrap();
    for path in [&new, &link] {
        assert!(Arc::ptr_eq(&store.shared, &LmdbStore::open(path, &OpenOptions::default()).unwrap().shared));
    }
    // Another store under the name of the first.
    let other = LmdbStore::open(&old, &OpenOptions::default()).unwrap();
    deploy(&*other, address(1));
    assert_eq!(store.snapshot().unwrap().addresses().unwrap(), []);
}

#[test]
fn a_data_file_that_was_replaced_while_it_is_open_is_refused() {
    let directory = TempDir::new().unwrap();
    make(directory.path());
    let store = LmdbStore::open(directory.path(), &read_only()).unwrap();
    let data = directory.path().join("data.mdb");
    fs::copy(&data, directory.path().join("copy")).unwrap();
    fs::rename(directory.path().join("copy"), &data).unwrap();
    let error = opening_error(directory.path(), &read_only());
    assert!(matches!(error, StoreError::AlreadyOpen { .. }), "{error}");
    drop(store);
    LmdbStore::open(directory.path(), &read_only()).unwrap();
}

#[test]
fn all_of_the_table_of_readers_has_blocks_before_it_is_used() {
    use std::os::unix::fs::MetadataExt;
    let directory = TempDir::new().unwrap();
    make(directory.path());
    for options in [OpenOptions::default(), read_only()] {
        let table = directory.path().join("lock.mdb");
        let bytes = fs::metadata(&table).unwrap().len();
        fs::remove_file(&table).unwrap();
        // As a sparse copy leaves it.
        File::create(&table).unwrap().set_len(bytes).unwrap();
        let _store = LmdbStore::open(directory.path(), &options).unwrap();
        let found = fs::metadata(&table).unwrap();
        assert!(found.blocks() * 512 >= found.len(), "{} blocks of {} bytes", found.blocks(), found.len());
    }
}

/// Runs a task as a user who may read the store and write none of its files.
fn as_another_user(task: &str, directory: &TempDir) -> SecondProcess {
    let mut command = Command::new(copy_of_this_binary(directory.path()));
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    SecondProcess::start_as(command, task, &directory.path().join("store"))
}

/// A store whose files and directory cannot be written by others.
fn not_writable() -> TempDir {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("store");
    make(&path);
    for name in ["data.mdb", "lock.mdb", "vellum.lock"] {
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

#[test]
fn a_store_that_cannot_be_written_names_the_file_that_a_reader_needs_and_is_read_without_a_lock() {
    let directory = not_writable();
    let answer = as_another_user("open for reading", &directory).answer();
    assert!(answer.contains("store/lock.mdb") && answer.contains("--no-lock"), "{answer}");
    let before = fs::read_dir(directory.path().join("store")).unwrap().count();
    let mut reader = as_another_user("read without a lock", &directory);
    assert_eq!(reader.answer(), "5 pages 10 problems 0 overtaken false");
    assert_eq!(fs::read_dir(directory.path().join("store")).unwrap().count(), before, "nothing is created");
}

#[test]
fn a_reader_without_a_lock_is_told_when_a_writer_may_have_overwritten_what_it_read() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("store");
    make(&path);
    let store = LmdbStore::open(&path, &OpenOptions::default()).unwrap();
    for commits in 0..5 {
        let head = store.snapshot().unwrap().head().unwrap();
        let mut reader = SecondProcess::start("read without a lock", &path);
        assert!(reader.answer().starts_with(&format!("{head} ")));
        for n in 0..commits {
            write(&*store, address(1), &[(n + 100, page_with(8, 1 + commits as u8 * 10 + n as u8))]).unwrap();
        }
        reader.go_on();
        // The pages that the first commit frees are used by the third, which may have begun when the second is done.
        let answer = reader.answer();
        assert!(answer.ends_with(&format!("overtaken {}", commits > 1)), "after {commits} commits: {answer}");
    }
}
