//! Every way in which a path is not a store that can be opened, and stores that are open more than once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use lmdb::{DatabaseFlags, Environment, Transaction, WriteFlags};
use tempfile::TempDir;

use super::child::{SecondProcess, copy_of_this_binary};
use super::commit::Commit;
use super::*;
use crate::limits::STORE_READERS;
use crate::store::Record;
use crate::store::codec::Writer;
use crate::store::tests::{address, deploy, page_with, write};
use crate::units::CommitNumber;

fn head(store: &LmdbStore) -> u64 {
    store.snapshot().unwrap().head().unwrap().0
}

#[test]
fn a_file_is_not_a_store() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "text").unwrap();
    for options in [OpenOptions::default(), read_only()] {
        assert!(matches!(opening_error(&path, &options), StoreError::NotADirectory { .. }));
    }
    assert!(matches!(opening_error(&path.join("below"), &OpenOptions::default()), StoreError::Io { .. }));
    assert_eq!(fs::read(&path).unwrap(), b"text");
}

#[test]
fn a_store_that_is_not_there_is_only_made_when_asked_for() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a/b");
    for options in [OpenOptions { create: false, ..OpenOptions::default() }, read_only()] {
        assert!(matches!(opening_error(&path, &options), StoreError::Missing { .. }));
        assert!(!path.exists());
        assert!(matches!(opening_error(directory.path(), &options), StoreError::Missing { .. }));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
    drop(LmdbStore::open(&path, &OpenOptions::default()).unwrap());
    LmdbStore::open(&path, &OpenOptions { create: false, ..OpenOptions::default() }).unwrap();
}

#[test]
fn a_directory_of_other_files_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("thesis.txt"), "text").unwrap();
    for options in [OpenOptions::default(), read_only()] {
        assert!(matches!(opening_error(directory.path(), &options), StoreError::NotAStore { .. }));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_data_file_that_is_no_database_is_refused_and_left_alone() {
    for garbage in [vec![b'x'; 100], vec![0xa5; 1 << 16], vec![0; 1 << 16]] {
        let directory = TempDir::new().unwrap();
        let data = directory.path().join("data.mdb");
        fs::write(&data, &garbage).unwrap();
        for options in [OpenOptions::default(), read_only()] {
            assert!(matches!(opening_error(directory.path(), &options), StoreError::NotAStore { .. }));
            assert_eq!(fs::read(&data).unwrap(), garbage);
        }
    }
}

#[test]
fn the_database_of_another_program_is_refused() {
    let directory = TempDir::new().unwrap();
    let environment = Environment::new().set_max_dbs(1).open(directory.path()).unwrap();
    environment.create_db(Some("books"), DatabaseFlags::empty()).unwrap();
    drop(environment);
    for options in [OpenOptions::default(), read_only()] {
        assert!(matches!(opening_error(directory.path(), &options), StoreError::NotAStore { .. }));
    }
}

/// Overwrites the record of the format.
fn set_format(path: &Path, record: &[u8]) {
    let store = open_async(path);
    let mut commit = Commit::begin(&store.shared).unwrap();
    commit.put(layout::FORMAT_KEY, record).unwrap();
    commit.end("setting the format").unwrap();
}

#[test]
fn another_format_is_named_with_the_one_that_is_known() {
    let directory = TempDir::new().unwrap();
    set_format(directory.path(), &Writer::new().raw(layout::MAGIC).varint(layout::FORMAT + 1).seal(layout::FORMAT_KEY));
    for options in [OpenOptions::default(), read_only()] {
        let error = opening_error(directory.path(), &options);
        assert!(matches!(error, StoreError::Format { found: 6, supported: 5, .. }), "{error}");
    }
}

#[test]
fn a_store_of_the_first_format_is_named_as_such() {
    let directory = TempDir::new().unwrap();
    let environment = Environment::new().set_max_dbs(1).open(directory.path()).unwrap();
    let meta = environment.create_db(Some("meta"), DatabaseFlags::empty()).unwrap();
    let mut transaction = environment.begin_rw_txn().unwrap();
    let record = Writer::new().raw(layout::MAGIC).varint(1).seal(b"format");
    transaction.put(meta, b"format", &record, WriteFlags::empty()).unwrap();
    transaction.commit().unwrap();
    drop(environment);
    for options in [OpenOptions::default(), read_only()] {
        let error = opening_error(directory.path(), &options);
        assert!(matches!(error, StoreError::Format { found: 1, supported: 5, .. }), "{error}");
    }
}

#[test]
fn a_damaged_format_is_damage_and_not_another_format() {
    let directory = TempDir::new().unwrap();
    let mut record = Writer::new().raw(layout::MAGIC).varint(layout::FORMAT).seal(layout::FORMAT_KEY);
    record[12] ^= 1;
    set_format(directory.path(), &record);
    let error = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { record: Record::Table("meta"), .. }), "{error}");
}

#[test]
fn a_creation_that_was_cut_short_is_finished_by_the_next_writer() {
    let directory = TempDir::new().unwrap();
    let empty_file = || fs::write(directory.path().join("data.mdb"), []).unwrap();
    let no_table = || drop(Environment::new().open(directory.path()).unwrap());
    for unfinished in [&empty_file as &dyn Fn(), &no_table] {
        unfinished();
        assert!(matches!(opening_error(directory.path(), &read_only()), StoreError::Missing { .. }));
        assert_eq!(head(&open_async(directory.path())), 0);
        fs::remove_file(directory.path().join("data.mdb")).unwrap();
    }
}

#[test]
fn a_second_opening_in_one_process_shares_the_first() {
    let directory = TempDir::new().unwrap();
    let first = open_async(directory.path());
    let second = open_async(&directory.path().join("."));
    assert!(Arc::ptr_eq(&first.shared, &second.shared));
    let guard = first.writer().unwrap();
    assert!(second.shared.writer.try_lock().is_err());
    drop(guard);

    let error = opening_error(directory.path(), &OpenOptions::default());
    assert!(matches!(error, StoreError::AlreadyOpen { .. }), "{error}");

    let reader = LmdbStore::open(directory.path(), &read_only()).unwrap();
    assert!(matches!(reader.writer().unwrap_err(), StoreError::ReadOnly { .. }));
    assert!(matches!(reader.commit(&Batch::default()).unwrap_err(), StoreError::ReadOnly { .. }));
    deploy(&*first, address(1));
    assert!(reader.snapshot().unwrap().account(&address(1)).unwrap().is_some());

    let snapshot = reader.snapshot().unwrap();
    drop((first, second, reader));
    assert!(snapshot.account(&address(1)).unwrap().is_some());
    drop(snapshot);
    let reader = LmdbStore::open(directory.path(), &read_only()).unwrap();
    let error = opening_error(directory.path(), &OpenOptions::default());
    assert!(matches!(error, StoreError::AlreadyOpen { .. }), "{error}");
    assert_eq!(head(&reader), 0);
}

#[test]
fn opening_and_closing_in_many_threads_at_once_never_opens_twice() {
    let directory = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(head(&open_async(directory.path())), 0)));
        }
    });
}

#[test]
fn one_process_writes_and_the_others_say_so() {
    let directory = TempDir::new().unwrap();
    let mut other = SecondProcess::start("hold for writing", directory.path());
    assert_eq!(other.answer(), "open");
    let error = opening_error(directory.path(), &OpenOptions::default());
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert_eq!(head(&LmdbStore::open(directory.path(), &read_only()).unwrap()), 0);
    other.go_on();
    assert_eq!(other.answer(), "closed");
    drop(open_async(directory.path()));

    let mut killed = SecondProcess::start("hold for writing", directory.path());
    assert_eq!(killed.answer(), "open");
    killed.kill();
    drop(open_async(directory.path()));
}

#[test]
fn a_reader_in_another_process_sees_commits_and_keeps_its_moment() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    let mut other = SecondProcess::start("tell the head", directory.path());
    for head in 0..5 {
        assert_eq!(other.answer(), format!("0 {head}"));
        write(&*store, address(1), &[(0, page_with(0, head + 1))]).unwrap();
        other.go_on();
    }
    other.kill();

    // What the killed reader held is given back.
    let held: Vec<_> = (0..STORE_READERS).map(|_| store.snapshot().unwrap()).collect();
    assert_eq!(held[0].head().unwrap(), CommitNumber(5));
}

#[test]
fn more_snapshots_than_there_is_room_for_is_an_error_until_one_is_dropped() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    let mut held: Vec<_> = (0..STORE_READERS).map(|_| store.snapshot().unwrap()).collect();
    let error = store.snapshot().unwrap_err();
    assert!(matches!(error, StoreError::ReadersFull { limit: STORE_READERS, .. }), "{error}");
    held.pop();
    store.snapshot().unwrap();
}

#[test]
fn a_map_larger_than_can_be_had_becomes_a_smaller_one() {
    let directory = TempDir::new().unwrap();
    let store = open_with_map(directory.path(), &OpenOptions::default(), 1 << 50);
    assert!(store.shared.environment.info().unwrap().map_size() < 1 << 48);
}

#[test]
fn a_map_leaves_half_of_the_address_space_and_room_for_a_call() {
    let directory = TempDir::new().unwrap();
    let answer = SecondProcess::start("open with little address space", directory.path()).answer();
    let opened: Vec<&str> = answer.split(" / ").collect();
    let path = fs::canonicalize(directory.path()).unwrap();
    let refused = format!("no room to map the store at {}: 64 MiB of address space were refused: ", path.display());
    assert!(opened[0].starts_with(&refused) && opened[0].contains(" (RLIMIT_AS); `ulimit -v"), "{answer}");
    assert_eq!(opened[1..], ["4096 MiB", "512 MiB", "32768 MiB"], "too little for a call, just enough, and more");
}

/// Opens for writing as a user without rights to what belongs to the user of the tests.
fn open_as_a_stranger(store: &Path, elsewhere: &Path) -> String {
    let mut command = Command::new(copy_of_this_binary(elsewhere));
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    SecondProcess::start_as(command, "open for writing", store).answer()
}

#[test]
fn a_directory_that_may_not_be_written_is_an_error_that_names_it() {
    let directory = TempDir::new().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = directory.path().join("store");
    drop(open_async(&path));
    for name in ["data.mdb", "lock.mdb", "vellum.lock"] {
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
    let answer = open_as_a_stranger(&path, directory.path());
    assert!(answer.contains("PermissionDenied") && answer.contains(path.to_str().unwrap()), "{answer}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}
