//! A flipped bit in any record, a lost record, a record in another's place: the check finds each and names it.

use lmdb::{Cursor, Database, Transaction, WriteFlags};
use tempfile::TempDir;

use super::*;
use crate::store::tests::{address, deploy, page_with, write};
use crate::store::{Account, Code, Problem, Record};
use crate::units::{CodeHash, PAGE_SIZE, PageCount, PageIndex, StateRoot, Version};

/// A store with every kind of record, and the tables by their names.
pub(super) fn store() -> (TempDir, Arc<LmdbStore>, [(&'static str, Database); 6]) {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    for n in [1, 2] {
        deploy(&*store, address(n));
    }
    write(&*store, address(1), &[(0, page_with(8, 1)), (17, page_with(4095, 2))]).unwrap();
    write(&*store, address(2), &[(3, [9; PAGE_SIZE])]).unwrap();
    write(&*store, address(1), &[(0, page_with(8, 2)), (17, page_with(0, 0))]).unwrap();
    let many: Vec<_> = (100..108).map(|page| (page, [page as u8; PAGE_SIZE])).collect();
    write(&*store, address(1), &many).unwrap();
    let tables = store.shared.tables;
    let names = [
        ("accounts", tables.accounts),
        ("code", tables.code),
        ("pages", tables.pages),
        ("tree", tables.tree),
        ("diffs", tables.diffs),
        ("receipts", tables.receipts),
    ];
    (directory, store, names)
}

pub(super) type Owned = (Vec<u8>, Vec<u8>);

pub(super) fn entries(store: &LmdbStore, table: Database) -> Vec<Owned> {
    let transaction = store.shared.environment.begin_ro_txn().unwrap();
    let mut cursor = transaction.open_ro_cursor(table).unwrap();
    cursor.iter_start().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
}

/// Puts one record in the place of another, past everything that keeps a store in order.
pub(super) fn replace(store: &LmdbStore, table: Database, old: &[u8], new: Option<&Owned>) {
    let mut transaction = store.shared.environment.begin_rw_txn().unwrap();
    transaction.del(table, &old, None).unwrap();
    if let Some((key, value)) = new {
        transaction.put(table, key, value, WriteFlags::empty()).unwrap();
    }
    transaction.commit().unwrap();
}

/// What a check says while a record is replaced; afterwards the store is as before.
fn problems_with(store: &LmdbStore, table: Database, record: &Owned, new: Option<&Owned>) -> Vec<Problem> {
    let shadowed = new.and_then(|(key, _)| entries(store, table).into_iter().find(|(other, _)| other == key));
    replace(store, table, &record.0, new);
    let problems = store.check().unwrap().problems;
    if let Some((key, _)) = new {
        replace(store, table, key, shadowed.as_ref());
    }
    if new.is_none_or(|(key, _)| *key != record.0) {
        let mut transaction = store.shared.environment.begin_rw_txn().unwrap();
        transaction.put(table, &record.0, &record.1, WriteFlags::empty()).unwrap();
        transaction.commit().unwrap();
    }
    problems
}

fn is_of(table: &str, record: Record) -> bool {
    match record {
        Record::Account(_) => table == "accounts",
        Record::Code(_) => table == "code",
        Record::Page(..) => table == "pages",
        Record::TreeBlock(..) => table == "tree",
        Record::Diff(..) => table == "diffs",
        Record::Receipt(_) => table == "receipts",
        Record::WorldBlock(_) => false,
        Record::Table(name) => panic!("only the table {name} is named"),
    }
}

#[test]
fn a_flipped_bit_in_any_record_is_found_and_the_record_is_named() {
    let (_directory, store, tables) = store();
    assert_eq!(store.check().unwrap().problems, []);
    for (name, table) in tables {
        for record in entries(&store, table) {
            let bits = record.1.len() * 8;
            for bit in (0..bits).step_by((bits / 12).max(1)) {
                let mut damaged = record.clone();
                damaged.1[bit / 8] ^= 1 << (bit % 8);
                replace(&store, table, &record.0, Some(&damaged));
                let problems = store.check().unwrap().problems;
                assert!(problems.iter().any(|problem| is_of(name, problem.record)), "{name} bit {bit}: {problems:?}");
                replace(&store, table, &record.0, Some(&record));
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_flipped_bit_in_any_key_is_found() {
    let (_directory, store, tables) = store();
    for (name, table) in tables {
        for record in entries(&store, table) {
            for bit in (0..record.0.len() * 8).step_by(7) {
                let mut damaged = record.clone();
                damaged.0[bit / 8] ^= 1 << (bit % 8);
                let problems = problems_with(&store, table, &record, Some(&damaged));
                assert_ne!(problems, [], "{name} key bit {bit}");
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_lost_record_is_found() {
    let (_directory, store, tables) = store();
    for (name, table) in tables {
        for record in entries(&store, table) {
            assert_ne!(problems_with(&store, table, &record, None), [], "{name} without {:02x?}", record.0);
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn a_record_too_short_or_too_long_is_found() {
    let (_directory, store, tables) = store();
    for (name, table) in tables {
        for record in entries(&store, table) {
            let mut longer = record.clone();
            longer.1.push(1);
            let mut shorter = record.clone();
            let mut short_key = record.clone();
            short_key.0.pop();
            let pops = shorter.1.pop().is_some();
            for changed in [Some(longer), Some(short_key), pops.then_some(shorter)].into_iter().flatten() {
                assert_ne!(problems_with(&store, table, &record, Some(&changed)), [], "{name}");
            }
        }
    }
    assert_eq!(store.check().unwrap().problems, []);
}

#[test]
fn reading_a_damaged_record_is_an_error_that_names_it() {
    let (_directory, store, tables) = store();
    for (name, table) in tables {
        for record in entries(&store, table) {
            let mut damaged = record.clone();
            let Some(byte) = damaged.1.last_mut() else { continue };
            *byte ^= 0x10;
            replace(&store, table, &record.0, Some(&damaged));
            let errors = read_everything(&*store.snapshot().unwrap());
            let named =
                |error: &StoreError| matches!(error, StoreError::Damaged { record, .. } if is_of(name, *record));
            assert!(errors.iter().any(named), "{name}: {errors:?}");
            replace(&store, table, &record.0, Some(&record));
        }
    }
    assert!(read_everything(&*store.snapshot().unwrap()).is_empty());
}

/// Every error that reading the store of these tests gives.
fn read_everything(snapshot: &dyn Snapshot) -> Vec<StoreError> {
    use crate::store::PageWrite;
    use crate::units::CommitNumber;

    let mut errors = Vec::new();
    let mut note = |error: Option<StoreError>| errors.extend(error);
    let mut bytes = [0; PAGE_SIZE];
    let code = crate::store::hash::code_hash(crate::store::tests::CODE);
    note(snapshot.code(&code).err());
    for n in [1, 2] {
        let address = address(n);
        note(snapshot.account(&address).err());
        for page in [0, 3, 17, 100, 101, 102, 103, 104, 105, 106, 107].map(PageIndex) {
            note(snapshot.read_page(&address, page, &mut bytes).err());
            let write = PageWrite { page, bytes: &page_with(5, 5), runs: Vec::new() };
            note(snapshot.state_after(&address, &[write]).err());
        }
        (1..4).for_each(|version| note(snapshot.diff(&address, Version(version)).err()));
    }
    (1..5).for_each(|commit| note(snapshot.receipt(CommitNumber(commit)).err()));
    errors
}

/// Whether a check finds fault with a record in some words.
fn says(problems: &[Problem], record: Record, words: &str) -> bool {
    problems.iter().any(|problem| problem.record == record && problem.what.contains(words))
}

#[test]
fn an_account_that_is_whole_but_wrong_is_found_by_its_pages_and_its_diffs() {
    let (_directory, store, _) = store();
    let table = store.shared.tables.accounts;
    let address = address(1);
    let record = entries(&store, table).into_iter().find(|(key, _)| key == address.as_bytes()).unwrap();
    let account = store.snapshot().unwrap().account(&address).unwrap().unwrap();
    let problems_of = |account: Account| {
        let wrong = (record.0.clone(), account.encode(&record.0));
        problems_with(&store, table, &record, Some(&wrong))
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
    let (_directory, store, _) = store();
    let table = store.shared.tables.pages;
    let (address, page) = (address(1), PageIndex(0));
    let record = entries(&store, table).into_iter().find(|(key, _)| key.starts_with(address.as_bytes())).unwrap();
    let problems_of = |version: u64, byte: u8| {
        let content = page_with(8, byte);
        let (key, value) = layout::page_record(&address, page, Version(version), &content);
        problems_with(&store, table, &record, Some(&(key.to_vec(), value.to_vec())))
    };

    assert_eq!(problems_of(2, 2), []);
    let problems = problems_of(2, 3);
    assert!(says(&problems, Record::Account(address), "its pages have the root"), "{problems:?}");
    assert!(problems.iter().any(|problem| matches!(problem.record, Record::TreeBlock(owner, _) if owner == address)));
    let problems = problems_of(1, 2);
    assert!(says(&problems, Record::Page(address, page), "another last change"), "{problems:?}");
}
