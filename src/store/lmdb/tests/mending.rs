//! Rolling back to the version that a check calls sound brings it back, whatever is damaged, and says what is lost.

use super::damage::{KINDS, Owned, entries, replace, store};
use super::layout::Name;
use super::*;
use crate::store::model::{commit_with, write_all};
use crate::store::tests::{address, page_with, write_block};
use crate::store::{Moment, Record, SoundStorage, commit_of_block};
use crate::units::{CommitNumber, PAGE_SIZE, PageIndex, StateRoot, Version};
use crate::vm::{RolledBack, roll_back};

fn flip(store: &LmdbStore, record: &Owned) {
    let mut flipped = record.clone();
    let bytes = if flipped.1.is_empty() { &mut flipped.0 } else { &mut flipped.1 };
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    replace(store, &record.0, Some(&flipped));
}

fn damaged(store: &LmdbStore) -> Vec<Record> {
    store.check().unwrap().problems.into_iter().map(|problem| problem.record).collect()
}

/// What the versions of the contracts hash to.
fn states() -> Vec<Vec<StateRoot>> {
    let (_directory, store) = store();
    let snapshot = store.snapshot().unwrap();
    let diff = |contract: u8, version| snapshot.diff(&address(contract), Version(version)).unwrap();
    // The state that a contract was pruned to is the one that the next version begins with; those before are not asked for.
    let state = |contract, version| match (diff(contract, version), diff(contract, version + 1)) {
        (Some(diff), _) => diff.after,
        (None, next) => next.map_or(StateRoot::ZERO, |next| next.before),
    };
    [1, 2].map(|contract| (0..=3).map(|version| state(contract, version)).collect()).into()
}

/// Damages some records of a store of its own, and rolls every contract that this touches back to its sound version.
fn mended(damage: &[Owned], states: &[Vec<StateRoot>]) -> Vec<RolledBack> {
    let (_directory, store) = store();
    damage.iter().for_each(|record| flip(&store, record));
    let before = store.check().unwrap();
    let mut all = Vec::new();
    for unsound in &before.unsound {
        let n = unsound.address.0[0];
        let Some(version) = unsound.storage.version() else { continue };
        let rolled =
            roll_back(&*store, &unsound.address, version).unwrap_or_else(|error| panic!("{damage:?}: {error}"));
        assert_eq!(rolled.state, states[usize::from(n) - 1][version.0 as usize], "{damage:?}");
        assert_eq!(rolled.mended.money_of.is_some(), rolled.mended.records.contains(&Record::Account(unsound.address)));
        let account = store.snapshot().unwrap().account(&unsound.address).unwrap().unwrap();
        assert_eq!((account.version, account.state), (rolled.version, rolled.state));
        all.push(rolled);
    }
    let left = store.check().unwrap();
    let known: Vec<_> = before.problems.iter().map(|problem| problem.record).collect();
    for problem in &left.problems {
        assert!(known.contains(&problem.record), "{problem} is new after {damage:?}");
        // What stays is history, or code, or what nothing says how to go on with.
        let is_lasting = match problem.record {
            Record::Diff(..) | Record::Log(_) | Record::Code(_) => true,
            record => {
                let unsound = before.unsound.iter().find(|unsound| Some(unsound.address) == record.address());
                matches!(record, Record::Account(_)) || unsound.is_none_or(|it| it.storage == SoundStorage::Unknown)
            }
        };
        assert!(is_lasting, "{problem} stays after {damage:?}");
    }
    // And it is gone on with.
    for unsound in before.unsound.iter().filter(|unsound| unsound.storage != SoundStorage::Unknown) {
        let pages = [(0, [3; PAGE_SIZE]), (100, page_with(1, 1))].into();
        write_all(&*store, &[(unsound.address, pages)]).unwrap();
    }
    assert_eq!(damaged(&store), left.problems.into_iter().map(|problem| problem.record).collect::<Vec<_>>());
    all
}

#[test]
fn every_record_that_is_damaged_alone_is_mended_or_stays_named() {
    let states = states();
    let (_directory, whole) = store();
    for kind in KINDS {
        for record in entries(&whole, kind) {
            for rolled in mended(std::slice::from_ref(&record), &states) {
                assert_eq!((rolled.commit, rolled.lost), (None, None), "{kind}");
                assert_eq!(
                    rolled.mended.records.len(),
                    usize::from(matches!(kind, "page" | "block" | "tree head" | "mark"))
                        .max(usize::from(kind == "account" && rolled.mended.money_of.is_some())),
                    "{kind} {rolled:?}"
                );
            }
        }
    }
}

#[test]
fn any_log_record_is_mended_by_a_rollback_of_any_contract_and_only_its_receipt_is_lost() {
    let (_directory, whole) = store();
    let receipts = |store: &LmdbStore| -> Vec<_> {
        let snapshot = store.snapshot().unwrap();
        (1..=6).map(|commit| snapshot.receipt(CommitNumber(commit)).unwrap()).collect()
    };
    let (before, events) = (receipts(&whole), whole.events().unwrap());
    for record in entries(&whole, "log") {
        for n in [1, 2] {
            let (_directory, store) = store();
            flip(&store, &record);
            let version = store.snapshot().unwrap().account(&address(n)).unwrap().unwrap().version;
            let rolled = roll_back(&*store, &address(n), version).unwrap();
            let Some(Name::Log(moment)) = Name::of(&record.0) else { panic!("{record:?}") };
            assert_eq!((rolled.commit, rolled.mended.records), (None, vec![Record::Log(moment)]));
            assert_eq!(damaged(&store), []);
            let mut left = before.clone();
            if moment.step == 0 && moment.commit > CommitNumber(0) {
                left[moment.commit.0 as usize - 1] = None;
            }
            assert_eq!(receipts(&store), left);
            assert_eq!(store.events().unwrap(), events);
        }
    }
}

#[test]
fn a_block_whose_log_record_was_damaged_has_no_receipt_rather_than_that_of_another_commit() {
    let (_directory, store) = store();
    let one = address(1);
    let page = |byte| vec![(one, [(9, page_with(1, byte))].into())];
    commit_with(&*store, &page(1), |batch| {
        batch.block = Some(8);
        Ok(())
    })
    .unwrap();
    write_all(&*store, &page(2)).unwrap();
    let seventh = Name::Log(Moment { commit: CommitNumber(7), step: 0 });
    let record = entries(&store, "log").into_iter().find(|(key, _)| Name::of(key) == Some(seventh)).unwrap();
    flip(&store, &record);
    roll_back(&*store, &one, Version(5)).unwrap();
    assert_eq!(damaged(&store), []);
    let snapshot = store.snapshot().unwrap();
    assert_eq!(commit_of_block(&*snapshot, 8).unwrap(), Some(CommitNumber(7)));
    assert_eq!(snapshot.receipt(CommitNumber(7)).unwrap(), None);
    assert_eq!(commit_of_block(&*snapshot, 7).unwrap(), Some(CommitNumber(6)));
}

#[test]
fn the_world_tree_follows_an_account_whose_money_was_lost() {
    let (_directory, store) = store();
    let one = address(1);
    let paid = |batch: &mut Batch<'_>| {
        batch.accounts[0].2.balance += 4;
        batch.block = Some(8);
        batch.world = Some(store.world_after(&batch.accounts)?);
        Ok(())
    };
    commit_with(&*store, &[(one, [(9, page_with(1, 1))].into())], paid).unwrap();
    let seventh = Name::Account(one, Moment { commit: CommitNumber(7), step: 0 });
    let account = entries(&store, "account").into_iter().find(|(key, _)| Name::of(key) == Some(seventh)).unwrap();
    flip(&store, &account);
    let rolled = roll_back(&*store, &one, Version(4)).unwrap();
    assert!(rolled.mended.money_of.is_some());
    assert_eq!(damaged(&store), []);
    write_block(&*store, &[(address(1), [(9, [1; PAGE_SIZE])].into())], 9).unwrap();
    assert_eq!(damaged(&store), []);
}

#[test]
fn of_any_two_damaged_records_too_nothing_new_is_wrong_and_the_sound_version_is_back() {
    let states = states();
    let (_directory, whole) = store();
    let all: Vec<_> = KINDS.iter().flat_map(|kind| entries(&whole, kind)).collect();
    let mut lost = 0;
    for (at, first) in all.iter().enumerate() {
        for second in all[at + 1..].iter().step_by(2) {
            lost += mended(&[first.clone(), second.clone()], &states).iter().filter(|it| it.lost.is_some()).count();
        }
    }
    assert!(lost > 10, "{lost}");
}

#[test]
fn what_stays_damaged_in_the_history_goes_when_it_is_pruned() {
    let one = address(1);
    let (_directory, store) = store();
    let is = |kind: &str, is: &dyn Fn(Name) -> bool| {
        entries(&store, kind).into_iter().find(|(key, _)| Name::of(key).is_some_and(is)).unwrap()
    };
    let diff = is("diff", &|name| matches!(name, Name::Diff(owner, CommitNumber(3), _) if owner == one));
    let third = Moment { commit: CommitNumber(3), step: 0 };
    let account = is("account", &|name| name == Name::Account(one, third));
    flip(&store, &diff);
    flip(&store, &account);
    let rolled = roll_back(&*store, &one, Version(1)).unwrap();
    assert_eq!((rolled.commit, rolled.version, rolled.lost), (Some(CommitNumber(7)), Version(4), None));
    assert!(damaged(&store).iter().all(|record| record.address() == Some(one)));
    store.prune(&one, Version(4)).unwrap();
    assert_eq!(damaged(&store), []);
}

#[test]
fn without_a_way_back_nothing_changes_and_the_reason_is_given() {
    let (one, two) = (address(1), address(2));
    let (_directory, store) = store();
    let refused = |address, version| roll_back(&*store, address, Version(version)).unwrap_err().to_string();
    for (key, value) in entries(&store, "page") {
        if matches!(Name::of(&key), Some(Name::Page(_, PageIndex(3 | 100)))) {
            flip(&store, &(key, value));
        }
    }
    let before = damaged(&store);
    assert!(refused(&two, 3).contains("its history before version 2 was pruned, so nothing leads there"));
    assert!(refused(&one, 4).contains("has no version 4"));
    for (key, value) in entries(&store, "diff") {
        if matches!(Name::of(&key), Some(Name::Diff(owner, CommitNumber(1), _)) if owner == one) {
            flip(&store, &(key, value));
        }
    }
    let reason = refused(&one, 2);
    assert!(reason.contains("its diffs do not lead there: the diff of contract"), "{reason}");
    assert_eq!(damaged(&store).len(), before.len() + 1);
}
