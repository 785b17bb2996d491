//! What a check says about going on with a damaged store is true.

use super::damage::{Owned, entries, replace, store};
use super::*;
use crate::proof::{ProveError, prove_pages};
use crate::store::tests::{address, page_with};
use crate::store::{SoundStorage, Unsound};
use crate::units::{Address, PAGE_SIZE, PageIndex, Version};

/// Does something with some records replaced; afterwards the store is as before.
fn with<T>(store: &LmdbStore, changes: &[(lmdb::Database, Owned, Owned)], then: impl FnOnce() -> T) -> T {
    for (table, old, new) in changes {
        replace(store, *table, &old.0, Some(new));
    }
    let result = then();
    for (table, old, new) in changes {
        replace(store, *table, &new.0, Some(old));
    }
    result
}

/// A record with a bit of its value, or of its key if it has none, flipped.
fn flipped(record: &Owned) -> Owned {
    let mut flipped = record.clone();
    let bytes = if flipped.1.is_empty() { &mut flipped.0 } else { &mut flipped.1 };
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    flipped
}

fn unsound(store: &LmdbStore) -> Vec<(Address, SoundStorage)> {
    let report = store.check().unwrap();
    let contracts = report.unsound.len() as u64;
    assert_eq!((report.problems.is_empty(), report.sound), (contracts == 0, report.contracts - contracts));
    report.unsound.iter().map(|&Unsound { address, storage, .. }| (address, storage)).collect()
}

/// The record of a table whose key begins so.
fn record(store: &LmdbStore, table: lmdb::Database, prefix: &[&[u8]]) -> (lmdb::Database, Owned, Owned) {
    let record = entries(store, table).into_iter().find(|(key, _)| key.starts_with(&prefix.concat())).unwrap();
    let flipped = flipped(&record);
    (table, record, flipped)
}

#[test]
fn a_sound_version_is_named_for_every_contract_that_has_one() {
    let (_directory, store, _) = store();
    let tables = store.shared.tables;
    let (one, two) = (address(1), address(2));
    let page = record(&store, tables.pages, &[&[1; 20], &[0, 0, 0, 100]]);
    let diff = |version: u8| record(&store, tables.diffs, &[&[1; 20], &[0, 0, 0, 0, 0, 0, 0, version]]);
    let said = |changes: &[_]| with(&store, changes, || unsound(&store));
    assert_eq!(said(&[]), []);
    assert_eq!(said(std::slice::from_ref(&page)), [(one, SoundStorage::ByDiffs(Version(3)))]);
    assert_eq!(said(&[page.clone(), diff(3)]), [(one, SoundStorage::ByDiffs(Version(2)))]);
    assert_eq!(said(&[page.clone(), diff(2)]), [(one, SoundStorage::ByDiffs(Version(1)))]);
    assert_eq!(said(&[page, diff(1)]), [(one, SoundStorage::Unknown)]);
    assert_eq!(said(&[diff(1), diff(3)]), [(one, SoundStorage::Newest(Version(3)))]);
    assert_eq!(said(&[record(&store, tables.tree, &[&[1; 20]])]), [(one, SoundStorage::Newest(Version(3)))]);
    let both = [(one, SoundStorage::Newest(Version(3))), (two, SoundStorage::Newest(Version(1)))];
    // A key that names no block is nobody's but for the address in it.
    let (tree, block, mut nameless) = record(&store, tables.tree, &[&[1; 20], &[4]]);
    (nameless.0[20], nameless.1) = (9, block.1.clone());
    assert_eq!(said(&[(tree, block, nameless)]), [(one, SoundStorage::Newest(Version(3)))]);
    let code = entries(&store, tables.code).remove(0);
    assert_eq!(said(&[(tables.code, code.clone(), flipped(&code))]), both);
    let report = with(&store, &[record(&store, tables.accounts, &[&[1; 20]])], || store.check().unwrap());
    assert_eq!((report.contracts, report.sound, report.unsound.len()), (1, 1, 1));
    assert_eq!(report.unsound[0].storage, SoundStorage::ByDiffs(Version(3)));
}

#[test]
fn a_contract_that_is_not_named_is_whole_whatever_record_is_damaged() {
    let (_directory, store, tables) = store();
    let everything = |address| {
        let snapshot = store.snapshot().unwrap();
        let account = snapshot.account(&address).unwrap().unwrap();
        let pages = snapshot.stored_pages(&address).unwrap();
        let proof = prove_pages(&*snapshot, &address, &[&pages[..], &[PageIndex(50)]].concat()).unwrap();
        let diffs: Vec<_> = (1..=account.version.0)
            .map(|version| snapshot.diff(&address, Version(version)).unwrap().unwrap())
            .collect();
        (snapshot.code(&account.code.unwrap().hash).unwrap(), account, proof, diffs)
    };
    let before = [1, 2].map(|n| everything(address(n)));
    let mut whole = 0;
    for (_, table) in tables {
        for record in entries(&store, table) {
            with(&store, &[(table, record.clone(), flipped(&record))], || {
                let report = store.check().unwrap();
                let named = |n| report.unsound.iter().any(|unsound| unsound.address == address(n));
                for n in [1, 2].into_iter().filter(|n| !named(*n)) {
                    assert_eq!(everything(address(n)), before[usize::from(n) - 1]);
                    whole += 1;
                }
            });
        }
    }
    assert!(whole > 20, "{whole}");
}

#[test]
fn no_proof_is_made_of_a_page_that_is_not_what_the_tree_says() {
    let (_directory, store, _) = store();
    let pages = store.shared.tables.pages;
    let (table, record, flipped) = record(&store, pages, &[&[1; 20], &[0, 0, 0, 100]]);
    let content = page_with(8, 3);
    let (key, value) = layout::page_record(&address(1), PageIndex(100), Version(3), &content);
    for wrong in [flipped, (key.to_vec(), value.to_vec())] {
        let prove = |page| prove_pages(&*store.snapshot().unwrap(), &address(1), &[PageIndex(page)]);
        let (of_it, of_another) = with(&store, &[(table, record.clone(), wrong)], || (prove(100), prove(101)));
        assert!(matches!(of_it, Err(ProveError::Store(StoreError::Damaged { .. }))), "{of_it:?}");
        assert_eq!(of_another.unwrap().bytes.len() / PAGE_SIZE, 1);
    }
}
