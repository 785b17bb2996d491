//! The tree whose upper blocks are written late: it is the same from memory, from disk, and as of any snapshot.

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::limits::LATE_GROUPS;
use crate::store::lmdb::commit::{self, Commit};
use crate::store::model::{Pages, commit_with};
use crate::store::tests::{address, deploy, page_with, write_all};
use crate::store::{MemoryStore, Snapshot, StoreStatistics};
use crate::units::{PageHash, PageIndex, StateRoot};

/// The root, and what it would be if some pages changed.
fn roots(snapshot: &dyn Snapshot) -> Vec<StateRoot> {
    let leaves = [(PageIndex(3), PageHash([1; 32])), (PageIndex(211 * 5), PageHash([2; 32]))];
    let after = |n, leaves| snapshot.tree_after(&address(n), Default::default(), leaves).unwrap().root();
    [1, 2].iter().flat_map(|n| [after(*n, &[]), after(*n, &leaves)]).collect()
}

/// One contract's new pages, which lie far from each other, so that there are many groups; some are zero.
fn pages() -> impl Strategy<Value = Pages> {
    proptest::collection::btree_map(
        (0..24_u32).prop_map(|n| n * 211),
        (0..5_u8).prop_map(|byte| page_with(7, byte)),
        1..4,
    )
}

/// What else is done after a commit.
#[derive(Debug, Clone)]
enum Then {
    Nothing,
    Forget,
    Hold,
    Reopen,
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![6 => Just(Then::Nothing), 1 => Just(Then::Forget), 1 => Just(Then::Hold), 1 => Just(Then::Reopen)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_tree_is_the_same_from_memory_from_disk_and_as_of_any_snapshot(
        late_groups in prop_oneof![0..4_usize, Just(LATE_GROUPS)],
        steps in vec((1..3_u8, pages(), then()), 1..60),
    ) {
        let directory = TempDir::new().unwrap();
        let open = || {
            let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
            LmdbStore::open_with(directory.path(), &options, Settings { late_groups, ..Settings::default() }).unwrap()
        };
        let (mut store, memory) = (open(), MemoryStore::new());
        for n in [1, 2] {
            deploy(&*store, address(n));
            deploy(&*memory, address(n));
        }
        let mut held = Vec::new();
        for (n, pages, then) in steps {
            write_all(&*store, &[(address(n), pages.clone())]).unwrap();
            write_all(&*memory, &[(address(n), pages)]).unwrap();
            let expected = roots(&*memory.snapshot().unwrap());
            match then {
                Then::Nothing => {}
                Then::Forget => store.shared.upper.forget(&address(n)),
                Then::Hold => held.push((store.snapshot().unwrap(), expected.clone())),
                Then::Reopen => {
                    held.clear();
                    drop(store);
                    store = open();
                }
            }
            prop_assert_eq!(roots(&*store.snapshot().unwrap()), expected);
            for (snapshot, expected) in &held {
                prop_assert_eq!(&roots(&**snapshot), expected);
            }
        }
        prop_assert_eq!(store.check().unwrap().problems, []);
    }
}

#[test]
fn a_commit_that_failed_leaves_nothing_in_memory_that_the_next_one_believes() {
    let directory = TempDir::new().unwrap();
    let store = open_small(directory.path(), true);
    deploy(&*store, address(1));
    for n in 1..40 {
        let pages = |groups: &[u32]| -> Vec<(Address, Pages)> {
            vec![(address(1), groups.iter().map(|group| (16 * group, page_with(0, n as u8))).collect())]
        };
        let error = commit_with(&*store, &pages(&[n, 1_000]), |batch| {
            // All is written, and the transaction is given up.
            commit::write(&mut Commit::begin(&store.shared)?, batch, crate::store::batch::History::Continued)?;
            store.require_write_access().and(Err(StoreError::Pruned { address: address(1), kept: Version(0) }))
        });
        assert!(matches!(error, Err(StoreError::Pruned { .. })), "{error:?}");
        let groups = if n % 3 == 0 { vec![n, 2 * n] } else { vec![n % 5] };
        write_all(&*store, &pages(&groups)).unwrap();
        assert_eq!(store.check().unwrap().problems, [], "{n}");
    }
}

#[test]
fn upper_blocks_are_written_when_the_list_of_late_groups_is_full() {
    let directory = TempDir::new().unwrap();
    let store = open_async(directory.path());
    deploy(&*store, address(1));
    let written = |group: u32| {
        let before = StoreStatistics::of_this_thread();
        write_all(&*store, &[(address(1), [(16 * group, page_with(0, 1))].into())]).unwrap();
        StoreStatistics::of_this_thread().since(before).records_written
    };
    // Account, log, diff, page, its block.
    assert_eq!(written(0), 5);
    // The depth changes: the head, the blocks above, and those above page 0, whose own block has more nodes now.
    assert_eq!(written((1 << 16) - 1), 5 + 1 + 4 + 3 + 1);
    // The list is in the head.
    let groups = LATE_GROUPS as u32;
    assert!((0..groups).all(|group| written(group + 1) == 6));
    // The head, the block on top, one below it, one below that, and one for each sixteen groups.
    assert_eq!(written(groups + 1), 6 + 3 + u64::from((groups + 1) / 16 + 1));
    assert_eq!(written(groups + 2), 6);
    assert_eq!(written(groups + 2), 1, "unchanged, but for the log");
}
