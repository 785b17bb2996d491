//! What a check says about going on with a damaged store is true.

use super::damage::{KINDS, Owned, entries, replace, store};
use super::layout::Name;
use super::page::NewPage;
use super::*;
use crate::proof::{ProveError, prove_storage};
use crate::store::tests::{address, page_with};
use crate::store::{SoundStorage, Unsound};
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageIndex, Version};

/// Does something with some records replaced; afterwards the store is as before.
fn with<T>(store: &LmdbStore, changes: &[(Owned, Owned)], then: impl FnOnce() -> T) -> T {
    for (old, new) in changes {
        replace(store, &old.0, Some(new));
    }
    let result = then();
    for (old, new) in changes {
        replace(store, &new.0, Some(old));
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

/// The last record of a kind that is named so, whole and with a bit flipped.
fn record(store: &LmdbStore, kind: &str, is: impl Fn(Name) -> bool) -> (Owned, Owned) {
    let record = entries(store, kind).into_iter().rfind(|(key, _)| Name::of(key).is_some_and(&is)).unwrap();
    let flipped = flipped(&record);
    (record, flipped)
}

/// The record of page 100 of the first contract.
fn page_100(store: &LmdbStore) -> (Owned, Owned) {
    record(store, "page", |name| name == Name::Page(address(1), PageIndex(100)))
}

#[test]
fn a_sound_version_is_named_for_every_contract_that_has_one() {
    let (_directory, store) = store();
    let (one, two) = (address(1), address(2));
    let page = page_100(&store);
    // The commits that made the versions of the first contract.
    let diff = |version: usize| {
        let commit = CommitNumber([1, 3, 4][version - 1]);
        record(&store, "diff", |name| matches!(name, Name::Diff(owner, of, _) if (owner, of) == (one, commit)))
    };
    let said = |changes: &[_]| with(&store, changes, || unsound(&store));
    assert_eq!(said(&[]), []);
    assert_eq!(said(std::slice::from_ref(&page)), [(one, SoundStorage::ByDiffs(Version(3)))]);
    assert_eq!(said(&[page.clone(), diff(3)]), [(one, SoundStorage::ByDiffs(Version(2)))]);
    assert_eq!(said(&[page.clone(), diff(2)]), [(one, SoundStorage::ByDiffs(Version(1)))]);
    assert_eq!(said(&[page, diff(1)]), [(one, SoundStorage::Unknown)]);
    assert_eq!(said(&[diff(1), diff(3)]), [(one, SoundStorage::Newest(Version(3)))]);
    let block = record(&store, "block", |name| matches!(name, Name::Block(owner, _) if owner == one));
    assert_eq!(said(std::slice::from_ref(&block)), [(one, SoundStorage::Newest(Version(3)))]);
    // A key that names no record belongs to a contract only by the address in it.
    let (block, mut nameless) = block;
    (nameless.0[21], nameless.1) = (9, block.1.clone());
    assert_eq!(said(&[(block, nameless)]), [(one, SoundStorage::Newest(Version(3)))]);
    let both = [(one, SoundStorage::Newest(Version(3))), (two, SoundStorage::Newest(Version(3)))];
    assert_eq!(said(&[record(&store, "code", |_| true)]), both);
    let account = record(&store, "account", |name| matches!(name, Name::Account(owner, _) if owner == one));
    assert_eq!(said(&[account]), [(one, SoundStorage::ByDiffs(Version(3)))]);
    // The diffs of a contract that was pruned do not lead from its first version on.
    let page = record(&store, "page", |name| matches!(name, Name::Page(owner, _) if owner == two));
    assert_eq!(said(&[page]), [(two, SoundStorage::Unknown)]);
}

#[test]
fn a_contract_that_is_not_named_is_whole_whatever_record_is_damaged() {
    let (_directory, store) = store();
    let everything = |address| {
        let snapshot = store.snapshot().unwrap();
        let account = snapshot.account(&address).unwrap().unwrap();
        let pages = snapshot.stored_pages(&address).unwrap();
        let proof = prove_storage(&*snapshot, &address, &[&pages[..], &[PageIndex(50)]].concat()[..].into()).unwrap();
        let diffs: Vec<_> =
            (1..=account.version.0).map(|version| snapshot.diff(&address, Version(version)).unwrap()).collect();
        (snapshot.code(&account.code.unwrap().hash).unwrap(), account, proof, diffs)
    };
    let before = [1, 2].map(|n| everything(address(n)));
    let mut whole = 0;
    for kind in KINDS {
        for record in entries(&store, kind) {
            with(&store, &[(record.clone(), flipped(&record))], || {
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
    let (_directory, store) = store();
    let (record, flipped) = page_100(&store);
    let content = page_with(8, 3);
    let new = NewPage::new(&address(1), PageIndex(100), CommitNumber(4), &content);
    for wrong in [flipped, (new.key.as_ref().to_vec(), new.value().to_vec())] {
        let prove = |page| prove_storage(&*store.snapshot().unwrap(), &address(1), &(&[PageIndex(page)]).into());
        let (of_it, of_another) = with(&store, &[(record.clone(), wrong)], || (prove(100), prove(101)));
        assert!(matches!(of_it, Err(ProveError::Store(StoreError::Damaged { .. }))), "{of_it:?}");
        assert_eq!(of_another.unwrap().bytes.len() / PAGE_SIZE, 1);
    }
}
