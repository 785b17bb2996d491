//! The stored world tree, and the expiry of events by blocks, in both stores.

use super::*;

/// Runs a test on a store in memory and on one on disk, each with three contracts.
fn on_both(test: impl Fn(&dyn PageStore)) {
    let (_directory, stores) = both_stores();
    for store in stores {
        (1..4).for_each(|n| deploy(&*store, address(n)));
        test(&*store);
        assert_eq!(store.check().unwrap().problems, []);
    }
}

fn pages(n: u8, byte: u8) -> (Address, Pages) {
    (address(n), [(0, page_with(0, byte))].into())
}

fn root_by_definition(store: &dyn PageStore) -> [u8; 32] {
    let snapshot = store.snapshot().unwrap();
    let account = |address: Address| (address, snapshot.account(&address).unwrap().unwrap());
    hash::world_root(&snapshot.addresses().unwrap().into_iter().map(account).collect::<Vec<_>>())
}

#[test]
fn a_block_brings_the_world_tree_up_to_date_with_all_that_came_between() {
    on_both(|store| {
        write_block(store, &[pages(1, 1)], 1).unwrap();
        write(store, address(2), &[(3, page_with(0, 1))]).unwrap();
        deploy(store, address(9));
        let expected = root_by_definition(store);
        assert_eq!(store.world_after(&[]).unwrap().root().0, expected);
        write_block(store, &[pages(1, 2)], 2).unwrap();
        assert_eq!(store.world_after(&[]).unwrap().root().0, root_by_definition(store));
        // An account is pruned beyond the tree's moment. The check cannot compute the tree from the accounts alone.
        for byte in 3..6 {
            write(store, address(1), &[(0, page_with(0, byte))]).unwrap();
        }
        store.prune(&address(1), Version(4)).unwrap();
        assert_eq!(store.check().unwrap().problems, []);
        write_block(store, &[pages(2, 7)], 3).unwrap();
        assert_eq!(store.world_after(&[]).unwrap().root().0, root_by_definition(store));
    });
}

#[test]
fn a_block_among_many_accounts_reads_and_writes_few_of_them() {
    let store = MemoryStore::new();
    for n in 0..2_000_u32 {
        deploy(&*store, Address(hash::code_hash(&n.to_be_bytes()).0[..20].try_into().unwrap()));
    }
    deploy(&*store, address(1));
    write_block(&*store, &[pages(1, 1)], 1).unwrap();
    let changed = store.world_after(&[]).unwrap();
    assert_eq!(changed.update.blocks.len(), 0);
    write(&*store, address(1), &[(0, page_with(0, 2))]).unwrap();
    let changed = store.world_after(&[]).unwrap();
    // 16^2 < 2,000 < 16^3: a path of three blocks or four.
    assert!((3..=4).contains(&changed.update.blocks.len()), "{}", changed.update.blocks.len());
}

#[test]
fn a_world_tree_of_another_moment_or_without_its_block_is_refused() {
    on_both(|store| {
        let batch = |number: u64| Batch {
            commit: Some(CommitNumber(number)),
            block: Some(number),
            world: Some(store.world_after(&[]).unwrap()),
            ..Batch::default()
        };
        let late = batch(1);
        deploy(store, address(9));
        let no_block = Batch { block: None, ..batch(1) };
        let event = NewEvent { expires_after: 1, event: vec![] };
        let no_commit = Batch { events: vec![event], ..Batch::default() };
        for (batch, reason) in [(late, "another moment"), (no_block, "has no block"), (no_commit, "events have no")] {
            let error = store.commit(&batch).unwrap_err();
            assert!(matches!(error, StoreError::InvalidBatch { .. }) && error.to_string().contains(reason), "{error}");
        }
        store.commit(&batch(1)).unwrap();
    });
}

#[test]
fn events_go_with_the_block_that_passes_them() {
    on_both(|store| {
        let live = || -> Vec<_> {
            let events = store.events().unwrap();
            events.iter().map(|event| (event.commit.0, event.number, event.block, event.event[0])).collect()
        };
        write_block(store, &[pages(1, 1)], 5).unwrap();
        assert_eq!(live(), [(1, 0, 5, 0), (1, 1, 5, 1), (1, 2, 5, 3)]);
        // A commit that is not a block expires no events.
        write(store, address(1), &[(0, page_with(0, 2))]).unwrap();
        assert_eq!(live().len(), 3);
        write_block(store, &[pages(1, 3)], 7).unwrap();
        assert_eq!(live(), [(1, 0, 5, 0), (1, 2, 5, 3), (3, 0, 7, 0), (3, 1, 7, 1), (3, 2, 7, 3)]);
        write_block(store, &[pages(1, 4)], 8).unwrap();
        let first = [(1, 0, 5, 0), (3, 0, 7, 0), (3, 2, 7, 3)];
        assert_eq!(live()[..3], first);
        // The greatest block number.
        write_block(store, &[pages(1, 5)], u64::MAX - 1).unwrap();
        assert_eq!(live().iter().map(|event| event.3).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 3]);
    });
}
