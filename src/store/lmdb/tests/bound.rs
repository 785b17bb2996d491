//! No transaction takes more pages than were reserved for it.

use lmdb::{Error, WriteFlags};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::commit::Commit;
use super::space::{length, used};
use super::writing::Writing;
use super::*;
use crate::units::{CodeHash, PAGE_SIZE};

#[test]
fn the_list_of_many_pages_that_one_transaction_sets_free_has_space() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    let key = layout::code_key(&CodeHash([0xee; 32]));
    // 32,768 pages, of which 64 pages name the numbers; a snapshot keeps the list from lying in any of them.
    for value in [Some(vec![7; 128 << 20]), None] {
        let _held = store.snapshot().unwrap();
        let before = used(&store);
        let mut commit = Commit::begin(&store.shared).unwrap();
        match value {
            Some(bytes) => commit.put(&key, &bytes).unwrap(),
            None => commit.delete(&key).unwrap(),
        }
        commit.end("setting many pages free").unwrap();
        assert!(used(&store) >= before + 64 * PAGE_SIZE as u64);
    }
    assert!(store.shared.reservation.as_ref().is_none_or(|it| !it.state().is_outgrown));
}

#[derive(Debug, Clone)]
enum Step {
    Put(u16, usize),
    Delete(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![8 => 0..300_usize, 4 => 1_900..2_100_usize, 4 => 4_000..4_200_usize, 1 => 0..200_000_usize];
    prop_oneof![
        3 => (0..2_000_u16, bytes).prop_map(|(key, bytes)| Step::Put(key, bytes)),
        2 => (0..2_000_u16).prop_map(Step::Delete),
    ]
}

/// Keys of different lengths, some the longest that there can be.
fn key(number: u16) -> Vec<u8> {
    let mut key = number.to_be_bytes().to_vec();
    key.resize([40, 57, 200, 500][number as usize % 4], 7);
    key
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_transaction_takes_more_than_its_bound(
        transactions in vec((vec(step(), 0..250), 0..5_u8), 1..25),
    ) {
        let directory = TempDir::new().unwrap();
        let store = open_async(directory.path());
        let Shared { environment, records, reservation: Some(reservation), .. } = &*store.shared else { return Ok(()) };
        let mut held = Vec::new();
        for (steps, then) in transactions {
            let mut writing = Writing::begin(environment, *records, Some(reservation)).unwrap();
            for step in steps {
                match step {
                    Step::Put(number, bytes) => writing.put(&key(number), &vec![7; bytes], WriteFlags::empty()).unwrap(),
                    Step::Delete(number) => match writing.delete(&key(number)) {
                        Ok(()) | Err(Error::NotFound) => {}
                        Err(error) => panic!("{error}"),
                    },
                }
            }
            match then {
                0 => drop(writing),
                _ => writing.commit().unwrap(),
            }
            prop_assert!(!reservation.state().is_outgrown);
            prop_assert!(length(&directory) >= used(&store));
            // While a snapshot is held all that a transaction takes is new; afterwards it finds pages that are free.
            match then {
                1 => held.push(environment.begin_ro_txn().unwrap()),
                2 => held.clear(),
                _ => {}
            }
        }
    }
}
