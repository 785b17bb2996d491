//! Proofs from a damaged world tree.

use std::fs;

use super::*;
use crate::receipt::{Block, Recorded, encode_recorded};
use crate::store::Batch;
use crate::store::hash::account_leaf;
use crate::units::CommitNumber;

/// Returns a VM whose world tree has several levels of tree blocks, its store, a contract, and an earlier world tree.
fn with_an_old_tree() -> (Vm, Arc<MemoryStore>, Address, WorldTree) {
    let store = MemoryStore::new();
    let vm = vm_on(store.clone());
    let contract = deploy(&vm, COUNTER, 0);
    (0..40).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
    vm.execute_block(1, 0, &[]).unwrap();
    let mut old = WorldTree::default();
    store.damage_world_tree(|tree| old = tree.clone());
    (0..40).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
    vm.execute_block(2, 0, &[]).unwrap();
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    (vm, store, contract, old)
}

#[test]
fn damage_of_the_stored_tree_does_not_change_proofs() {
    let blocks = with_an_old_tree().3.blocks.into_keys().collect::<Vec<_>>();
    assert!(blocks.len() > 10);
    let asked = (0..45).map(spread).collect::<Vec<_>>();
    let root = compare(&with_an_old_tree().0, &asked);
    // Each tree block is lost, or replaced by its earlier content, which is well-formed. In the last case all of them are.
    for lost in [false, true] {
        for damaged in blocks.iter().map(|block| vec![*block]).chain([blocks.clone()]) {
            let (vm, store, contract, old) = with_an_old_tree();
            store.damage_world_tree(|tree| {
                for id in &damaged {
                    let block = old.blocks.get(id).filter(|_| !lost).cloned();
                    match block {
                        Some(block) => _ = tree.blocks.insert(*id, block),
                        None => _ = tree.blocks.remove(id),
                    }
                }
            });
            assert_ne!(store.check().unwrap().problems, []);
            assert_eq!(compare(&vm, asked.iter().chain([&contract])), root, "{damaged:?}");
            // The next block is computed correctly, too.
            let block = vm.execute_block(3, 0, &[add(contract, 1)]).unwrap();
            assert_eq!(compare(&vm, [&contract]), Root::World(block.world_root), "{damaged:?}");
        }
    }
}

#[test]
fn a_proof_from_a_damaged_tree_on_disk_equals_the_one_from_all_accounts() {
    let directory = TempDir::new().unwrap();
    let vm = on_disk(&directory);
    let contract = deploy(&vm, COUNTER, 0);
    (0..40).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
    vm.execute_block(1, 0, &[add(contract, 1)]).unwrap();
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    let asked: Vec<_> = (0..40).map(spread).chain([contract]).collect();
    let root = compare(&vm, &asked);
    // Only the world tree contains the hash of an account.
    let account = vm.now().unwrap().account(&spread(3)).unwrap().unwrap();
    let leaf = account_leaf(&spread(3), &account);
    drop(vm);
    let file = directory.path().join("data.mdb");
    let mut bytes = fs::read(&file).unwrap();
    let places: Vec<_> = (0..bytes.len() - 32).filter(|at| bytes[*at..].starts_with(&leaf)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| bytes[*at] ^= 1);
    fs::write(&file, bytes).unwrap();
    let vm = on_disk(&directory);
    assert_ne!(vm.store().check().unwrap().problems, []);
    assert_eq!(compare(&vm, &asked), root);
}

#[test]
fn accounts_that_do_not_match_the_root_of_their_block_are_not_proven() {
    let (vm, contract) = vm_with(COUNTER);
    let block = vm.execute_block(1, 0, &[add(contract, 1)]).unwrap();
    let first = block.world_root;
    let wrong = Block { number: 2, commit: CommitNumber(2), world_root: WorldRoot([1; 32]), ..block };
    let batch = Batch {
        commit: Some(CommitNumber(2)),
        block: Some(2),
        world: Some(vm.store().world_after(&[]).unwrap()),
        receipt: Some(encode_recorded(&Recorded::Block(wrong))),
        ..Batch::default()
    };
    vm.store().commit(&batch).unwrap();
    let error = vm.now().unwrap().prove_in_world(&contract, &[]).unwrap_err().to_string();
    assert!(error.contains("the log record of commit 2 is damaged: its world root is not valid"), "{error}");
    // Earlier and later moments are proven: an earlier one matches its block, and a later one has no recorded world root.
    assert_eq!(vm.at((contract, Version(1))).unwrap().prove_in_world(&contract, &[]).unwrap().root, Root::World(first));
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    compare(&vm, [&contract]);
    let block = vm.execute_block(3, 0, &[add(contract, 1)]).unwrap();
    assert_eq!(compare(&vm, [&contract]), Root::World(block.world_root));
    let at = vm.now().unwrap().account(&contract).unwrap().unwrap().version;
    assert_eq!(
        vm.at((contract, at)).unwrap().prove_in_world(&contract, &[]).unwrap().root,
        Root::World(block.world_root)
    );
}
