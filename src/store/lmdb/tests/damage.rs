//! A flipped bit in any record, a lost record, a record in another's place: the check finds each and names it.

use lmdb::{Cursor, Transaction};
use tempfile::TempDir;

use super::commit::Commit;
use super::layout::Name;
use super::page::NewPage;
use super::*;
use crate::store::tests::{address, deploy, page_with, write, write_block};
use crate::store::{Account, Code, DecodeError, Moment, Problem, Record};
use crate::units::{CodeHash, CommitNumber, PAGE_SIZE, PageCount, PageIndex, StateRoot, Version};

/// The kinds of records, by their names in these tests.
pub(super) const KINDS: [&str; 11] =
    ["account", "code", "page", "block", "tree head", "diff", "log", "mark", "world mark", "world block", "event"];

/// A store with every kind of record.
pub(super) fn store() -> (TempDir, Arc<LmdbStore>) {
    let directory = TempDir::new().unwrap();
    let store = open_small(directory.path(), true);
    for n in [1, 2] {
        deploy(&*store, address(n));
    }
    write(&*store, address(1), &[(0, page_with(8, 1)), (17, page_with(4095, 2))]).unwrap();
    write(&*store, address(2), &[(3, [9; PAGE_SIZE])]).unwrap();
    write(&*store, address(1), &[(0, page_with(8, 2)), (17, page_with(0, 0))]).unwrap();
    let many: Vec<_> = (100..108).map(|page| (page, [page as u8; PAGE_SIZE])).collect();
    write(&*store, address(1), &many).unwrap();
    write(&*store, address(2), &[(3, [8; PAGE_SIZE])]).unwrap();
    write_block(&*store, &[(address(2), [(3, [7; PAGE_SIZE])].into())], 7).unwrap();
    store.prune(&address(2), Version(2)).unwrap();
    (directory, store)
}

pub(super) type Owned = (Vec<u8>, Vec<u8>);

fn kind(key: &[u8]) -> Option<&'static str> {
    Some(match Name::of(key)? {
        Name::Format => "format",
        Name::Code(_) => "code",
        Name::Pruned(_) => "mark",
        Name::Account(..) => "account",
        Name::Block(..) => "block",
        Name::TreeHead(_) => "tree head",
        Name::Page(..) => "page",
        Name::Log(_) => "log",
        Name::Diff(..) => "diff",
        Name::WorldMark => "world mark",
        Name::WorldBlock(_) => "world block",
        Name::Event(_) => "event",
    })
}

fn all(store: &LmdbStore) -> Vec<Owned> {
    let transaction = store.shared.environment.begin_ro_txn().unwrap();
    let mut cursor = transaction.open_ro_cursor(store.shared.records).unwrap();
    cursor.iter_start().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
}

/// The records of a kind.
pub(super) fn entries(store: &LmdbStore, wanted: &str) -> Vec<Owned> {
    let mut found = all(store);
    found.retain(|(key, _)| kind(key) == Some(wanted));
    assert_ne!(found, [], "{wanted}");
    found
}

/// Puts one record in the place of another, past everything that keeps a store in order.
pub(super) fn replace(store: &LmdbStore, old: &[u8], new: Option<&Owned>) {
    let mut commit = Commit::begin(&store.shared).unwrap();
    commit.delete(old).unwrap();
    if let Some((key, value)) = new {
        commit.put(key, value).unwrap();
    }
    commit.end("replacing").unwrap();
    // What is kept in memory was never damaged.
    layout::owner(old).inspect(|owner| store.shared.upper.forget(owner));
}

/// What a check says while a record is replaced; afterwards the store is as before.
fn problems_with(store: &LmdbStore, record: &Owned, new: Option<&Owned>) -> Vec<Problem> {
    let shadowed = new.and_then(|(key, _)| all(store).into_iter().find(|(other, _)| other == key));
    replace(store, &record.0, new);
    let problems = store.check().unwrap().problems;
    if let Some((key, _)) = new {
        replace(store, key, shadowed.as_ref());
    }
    if new.is_none_or(|(key, _)| *key != record.0) {
        let mut commit = Commit::begin(&store.shared).unwrap();
        commit.put(&record.0, &record.1).unwrap();
        commit.end("putting back").unwrap();
    }
    problems
}

fn is_of(kind: &str, record: Record) -> bool {
    match record {
        Record::Account(_) => kind == "account",
        Record::Code(_) => kind == "code",
        Record::Page(..) => kind == "page",
        Record::TreeBlock(..) => kind == "block",
        Record::TreeHead(_) => kind == "tree head",
        Record::Diff(..) => kind == "diff",
        Record::Log(_) => kind == "log",
        Record::Mark(_) => kind == "mark",
        Record::WorldBlock(_) => kind == "world block",
        Record::WorldMark => kind == "world mark",
        Record::Event(..) => kind == "event",
        Record::DatabasePage(number) => panic!("page {number} of the data file is damaged"),
        Record::Table(name) => panic!("only the table {name} is named"),
    }
}

#[test]
fn a_flipped_bit_in_any_record_is_found_and_the_record_is_named() {
    let (_directory, store) = store();
    assert_eq!(store.check().unwrap().problems, []);
    for name in KINDS {
        for record in entries(&store, name) {
            let bits = record.1.len() * 8;
            for bit in (0..bits).step_by((bits / 12).max(1)) {
                let mut damaged = record.clone();
                damaged.1[bit / 8] ^= 1 << (bit % 8);
                replace(&store, &record.0, Some(&damaged));
                let problems = store.check().unwrap().problems;
                assert!(problems.iter().any(|problem| is_of(name, problem.record)), "{name} bit {bit}: {problems:?}");
                replace(&store, &record.0, Some(&record));
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_flipped_bit_in_any_key_is_found() {
    let (_directory, store) = store();
    for name in KINDS {
        for record in entries(&store, name) {
            for bit in (0..record.0.len() * 8).step_by(7) {
                let mut damaged = record.clone();
                damaged.0[bit / 8] ^= 1 << (bit % 8);
                let problems = problems_with(&store, &record, Some(&damaged));
                assert_ne!(problems, [], "{name} key bit {bit}");
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_lost_record_is_found() {
    let (_directory, store) = store();
    for name in KINDS {
        for record in entries(&store, name) {
            assert_ne!(problems_with(&store, &record, None), [], "{name} without {:02x?}", record.0);
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_record_too_short_or_too_long_is_found() {
    let (_directory, store) = store();
    for name in KINDS {
        for record in entries(&store, name) {
            let mut longer = record.clone();
            longer.1.push(1);
            let mut shorter = record.clone();
            let mut short_key = record.clone();
            // The database knows no empty key.
            let short_key = (short_key.0.len() > 1).then(|| {
                short_key.0.pop();
                short_key
            });
            let pops = shorter.1.pop().is_some();
            for changed in [Some(longer), short_key, pops.then_some(shorter)].into_iter().flatten() {
                assert_ne!(problems_with(&store, &record, Some(&changed)), [], "{name}");
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn reading_a_damaged_record_is_an_error_that_names_it() {
    let (_directory, store) = store();
    for name in KINDS {
        for record in entries(&store, name) {
            // What was recorded of a deployment only a check reads.
            if matches!(Name::of(&record.0), Some(Name::Log(moment)) if moment.step > 0) {
                continue;
            }
            let mut damaged = record.clone();
            let Some(byte) = damaged.1.last_mut() else { continue };
            *byte ^= 0x10;
            replace(&store, &record.0, Some(&damaged));
            let errors = read_everything(&store);
            let named =
                |error: &StoreError| matches!(error, StoreError::Damaged { record, .. } if is_of(name, *record));
            assert!(errors.iter().any(named), "{name}: {errors:?}");
            replace(&store, &record.0, Some(&record));
        }
    }
    assert!(read_everything(&store).is_empty());
}

#[test]
fn a_lost_record_is_an_error_where_another_one_names_it() {
    let (_directory, store) = store();
    let missing = |result: Result<(), StoreError>, wanted: Record| match result {
        Err(StoreError::Damaged { record, problem: DecodeError::Missing }) => assert_eq!(record, wanted),
        other => panic!("{wanted}: {other:?}"),
    };
    let mut lost = [0; KINDS.len()];
    for (kind, lost) in KINDS.iter().zip(&mut lost) {
        for record in entries(&store, kind) {
            replace(&store, &record.0, None);
            let snapshot = store.snapshot().unwrap();
            let mut bytes = [0; PAGE_SIZE];
            *lost += 1;
            match Name::of(&record.0).unwrap() {
                // Zero again: only the head of the list of its changes.
                Name::Page(..) if record.1.len() < PAGE_SIZE / 8 => *lost -= 1,
                Name::Page(address, page) => {
                    let wanted = Record::Page(address, page);
                    missing(snapshot.read_page(&address, page, &mut bytes).map(drop), wanted);
                    missing(snapshot.read_page_at(&address, page, CommitNumber(1), &mut bytes).map(drop), wanted);
                    missing(snapshot.stored_pages(&address).map(drop), wanted);
                    missing(write(&*store, address, &[(page.0, page_with(1, 1))]), wanted);
                }
                Name::Block(address, id) if id.group().is_some() => {
                    // A page without a record can be zero: the group can be late.
                    missing(snapshot.stored_pages(&address).map(drop), Record::TreeBlock(address, id));
                }
                Name::Log(moment) if moment.step == 0 && moment.commit > CommitNumber(0) => {
                    missing(snapshot.receipt(moment.commit).map(drop), Record::Log(moment));
                    missing(snapshot.last_block(moment.commit).map(drop), Record::Log(moment));
                }
                Name::Diff(address, commit, PageIndex(0)) => {
                    let version = snapshot.account_at(&address, Moment::after(commit)).unwrap().unwrap().1.version;
                    missing(snapshot.diff(&address, version).map(drop), Record::Diff(address, commit));
                }
                Name::WorldMark => missing(
                    world::KeptWorld::world_moment(&snapshot::LmdbSnapshot::begin(&store.shared).unwrap()).map(drop),
                    Record::WorldMark,
                ),
                _ => *lost -= 1,
            }
            drop(snapshot);
            let mut commit = Commit::begin(&store.shared).unwrap();
            commit.put(&record.0, &record.1).unwrap();
            commit.end("putting back").unwrap();
        }
    }
    assert!(lost.iter().sum::<u32>() > 20, "{lost:?}");

    // All accounts of an address.
    let accounts = entries(&store, "account");
    let of_one = |record: &&Owned| layout::owner(&record.0) == Some(address(1));
    accounts.iter().filter(of_one).for_each(|record| replace(&store, &record.0, None));
    missing(store.snapshot().unwrap().account(&address(1)).map(drop), Record::Account(address(1)));
}

/// Every error that reading the store of these tests gives.
fn read_everything(store: &LmdbStore) -> Vec<StoreError> {
    use crate::store::PageWrite;

    let mut errors: Vec<StoreError> = Vec::new();
    let mut note = |error: Option<StoreError>| {
        errors.extend(error.filter(|error| !matches!(error, StoreError::Pruned { .. })));
    };
    let snapshot = &*store.snapshot().unwrap();
    note(store.events().err());
    note(world::KeptWorld::world_moment(&snapshot::LmdbSnapshot::begin(&store.shared).unwrap()).err());
    let mut bytes = [0; PAGE_SIZE];
    let code = crate::store::hash::code_hash(crate::store::tests::CODE);
    note(snapshot.code(&code).err());
    for n in [1, 2] {
        let address = address(n);
        note(snapshot.account(&address).err());
        note(world::path(&snapshot::LmdbSnapshot::begin(&store.shared).unwrap(), &address).err());
        for page in [0, 3, 17, 100, 101, 102, 103, 104, 105, 106, 107].map(PageIndex) {
            note(snapshot.read_page(&address, page, &mut bytes).err());
            let write = PageWrite { page, bytes: &page_with(5, 5) };
            note(snapshot.state_after(&address, &[write]).err());
        }
        note(snapshot.mark(&address).err());
        for commit in (0..7).map(CommitNumber) {
            (0..3).for_each(|step| note(snapshot.account_at(&address, Moment { commit, step }).err()));
            note(snapshot.diff_at(&address, commit).err());
            note(snapshot.receipt(commit).err());
        }
    }
    errors
}

/// Whether a check finds fault with a record in some words.
fn says(problems: &[Problem], record: Record, words: &str) -> bool {
    problems.iter().any(|problem| problem.record == record && problem.what.contains(words))
}

#[test]
fn an_account_that_is_whole_but_wrong_is_found_by_its_pages_and_its_diffs() {
    let (_directory, store) = store();
    let address = address(1);
    let of_address = |(key, _): &Owned| matches!(Name::of(key), Some(Name::Account(owner, _)) if owner == address);
    let record = entries(&store, "account").into_iter().rfind(of_address).unwrap();
    let account = store.snapshot().unwrap().account(&address).unwrap().unwrap();
    let problems_of = |account: Account| {
        let wrong = (record.0.clone(), account.encode(&record.0));
        problems_with(&store, &record, Some(&wrong))
    };

    let problems = problems_of(Account { state: StateRoot([1; 32]), ..account.clone() });
    assert!(says(&problems, Record::Account(address), "its pages have the root"), "{problems:?}");
    let problems = problems_of(Account { version: Version(9), ..account.clone() });
    assert!(says(&problems, Record::Account(address), "it is of version 9"), "{problems:?}");
    let code = account.code.map(|code| Code { hash: CodeHash([1; 32]), ..code });
    let problems = problems_of(Account { code, ..account.clone() });
    assert!(says(&problems, Record::Code(CodeHash([1; 32])), "missing"), "{problems:?}");
    let code = account.code.map(|code| Code { max_pages: PageCount(16), ..code });
    let problems = problems_of(Account { code, ..account });
    assert!(says(&problems, Record::Page(address, PageIndex(100)), "page limit"), "{problems:?}");
}

#[test]
fn a_page_that_is_whole_but_wrong_is_found_by_its_tree_and_its_diffs() {
    let (_directory, store) = store();
    let (address, page) = (address(1), PageIndex(0));
    let record = entries(&store, "page").into_iter().find(|(key, _)| layout::owner(key) == Some(address)).unwrap();
    let problems_of = |commit: u64, byte: u8| {
        let content = page_with(8, byte);
        let new = NewPage::new(&address, page, CommitNumber(commit), &content);
        problems_with(&store, &record, Some(&(new.key.as_ref().to_vec(), new.value().to_vec())))
    };

    assert_eq!(problems_of(3, 2), []);
    let problems = problems_of(3, 3);
    assert!(says(&problems, Record::Account(address), "its pages have the root"), "{problems:?}");
    assert!(problems.iter().any(|problem| matches!(problem.record, Record::TreeBlock(owner, _) if owner == address)));
    let problems = problems_of(1, 2);
    assert!(says(&problems, Record::Page(address, page), "another last change"), "{problems:?}");
}

#[test]
fn a_block_works_a_damaged_world_tree_out_anew() {
    for name in ["world mark", "world block"] {
        for lost in [false, true] {
            let (_directory, store) = store();
            for record in entries(&store, name) {
                let mut damaged = record.clone();
                damaged.1[0] ^= 1;
                replace(&store, &record.0, Some(&damaged).filter(|_| !lost));
            }
            assert_ne!(store.check().unwrap().problems, [], "{name}");
            write_block(&*store, &[(address(1), [(9, [1; PAGE_SIZE])].into())], 8).unwrap();
            assert_eq!(store.check().unwrap().problems, [], "{name}");
        }
    }
}

#[test]
fn events_are_listed_without_the_log_and_leave_the_disk_with_the_block_that_passes_them() {
    let (_directory, store) = store();
    assert_eq!((store.events().unwrap().len(), entries(&store, "event").len()), (3, 3));
    let log = entries(&store, "log");
    for record in &log {
        replace(&store, &record.0, Some(&(record.0.clone(), vec![0; 9])));
    }
    assert_eq!(store.events().unwrap().len(), 3);
    log.iter().for_each(|record| replace(&store, &record.0, Some(record)));
    for (block, left) in [(8, 5), (10, 6)] {
        write_block(&*store, &[(address(1), [(9, [block as u8; PAGE_SIZE])].into())], block).unwrap();
        assert_eq!(entries(&store, "event").len(), left);
        assert_eq!(store.check().unwrap().problems, []);
    }
}
