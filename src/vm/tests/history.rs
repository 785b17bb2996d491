//! The history of contracts, and failures of the store during its use.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tempfile::TempDir;

use super::actor::{ACTOR, script};
use super::*;
use crate::machine::RuntimeError;
use crate::proof::{Root, Selection, Verifier};
use crate::store::hash::world_root;
use crate::store::{Durability, FaultyStore, LmdbStore, Moment, OpenOptions, StoreError};
use crate::units::{PAGE_SIZE, PageBytes, PageIndex, Version, WorldRoot};

#[test]
fn a_call_on_a_version_sees_the_whole_world_of_that_moment_under_every_pager() {
    let vm = vm_on(MemoryStore::new());
    let contracts: Vec<_> = (0..3).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
    let run = |contract: usize, parts: &[&str]| {
        Call::new(contracts[contract], "run").input(script(&contracts, parts)).gas(Gas(1 << 30))
    };
    // Reads its own storage, a balance and another contract, and changes both contracts.
    let probe = run(0, &["+", "s", "b", "1", "c", "1", "+", "s", "e"]);
    let mut earlier = Vec::new();
    let calls: [&[&str]; 5] =
        [&["+"], &["s", "c", "1", "+"], &["+", "c", "1", "s", "c", "2", "+"], &["+", "s"], &["+"]];
    for (round, parts) in calls.iter().enumerate() {
        let _ = vm.run(&run(0, parts)).commit().unwrap();
        let receipts: Vec<_> =
            PagerKind::available().map(|pager| vm.run(&probe.clone().pager(pager)).dry().unwrap()).collect();
        earlier.push(receipts);
        // These follow the commit, so they are not part of its moment.
        vm.fund(&contracts[1], 10 + round as u64).unwrap();
        let _ = vm.run(&run(1, &["+", "s"])).commit().unwrap();
    }
    for (version, receipts) in earlier.iter().enumerate() {
        for (pager, receipt) in PagerKind::available().zip(receipts) {
            let at = Version(version as u64 + 1);
            let again =
                vm.run(&probe.clone().pager(pager)).at((probe.clone().pager(pager).contract, at)).dry().unwrap();
            assert_eq!(&again, receipt, "{pager} at version {at}");
        }
    }
    let head = vm.store().snapshot().unwrap().moment().unwrap();
    assert_eq!(head.commit.0, 10, "no dry run was committed");
}

#[test]
fn pruning_a_contract_keeps_the_history_of_others_and_the_error_names_it() {
    let vm = vm_on(MemoryStore::new());
    let (one, other) = (deploy(&vm, ACTOR, 0), deploy(&vm, ACTOR, 1));
    let contracts = [one, other];
    let run = |contract, parts: &[&str]| Call::new(contract, "run").input(script(&contracts, parts));
    for _ in 0..3 {
        let _ = vm.run(&run(one, &["+"])).commit().unwrap();
        let _ = vm.run(&run(other, &["+"])).commit().unwrap();
    }
    vm.prune(&other, Version(3)).unwrap();
    let alone = vm.run(&run(one, &["+"])).at((one, Version(1))).dry().unwrap();
    assert_eq!(result(&alone), 2);
    let error = vm.run(&run(one, &["c", "1", "+"])).at((one, Version(1))).dry().unwrap_err();
    assert!(error.to_string().contains(&format!("the history of {other} before version 3 was pruned")), "{error}");
    vm.rollback(&other, Version(3)).unwrap();
    assert!(vm.rollback(&other, Version(2)).is_err());
}

/// An operation on the history of a contract of four versions.
type Operation = fn(&Vm, &Address) -> Result<(), Error>;

#[test]
fn a_store_failure_leaves_the_history_unchanged_and_the_next_attempt_works() {
    let operations: [(&str, Operation); 9] = [
        ("read", |vm, contract| vm.at((*contract, Version(1)))?.read(contract, ByteOffset(0), 5000).map(drop)),
        ("page", |vm, contract| vm.at((*contract, Version(2)))?.page(contract, PageIndex(0)).map(drop)),
        ("call", |vm, contract| {
            let receipt = vm.run(&add(*contract, 1)).at((*contract, Version(2))).dry()?;
            match receipt.status {
                Status::Halted(halt) => {
                    Err(RuntimeError { attempt: "calling".to_owned(), message: halt.message }.into())
                }
                _ => Ok(()),
            }
        }),
        ("prove", |vm, contract| vm.at((*contract, Version(2)))?.prove(contract, &[PageIndex(0)]).map(drop)),
        ("prove in the world", |vm, contract| {
            vm.at((*contract, Version(2)))?.prove_in_world(contract, &[PageIndex(0)]).map(drop)
        }),
        ("history", |vm, contract| vm.history(contract).map(drop)),
        ("diff", |vm, contract| vm.diff(contract, Version(1), Version(4)).map(drop)),
        ("rollback", |vm, contract| vm.rollback(contract, Version(1)).map(drop)),
        ("prune", |vm, contract| vm.prune(contract, Version(2)).map(drop)),
    ];
    let directory = TempDir::new().unwrap();
    let disk = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    for store in [MemoryStore::new() as Arc<dyn PageStore>, disk] {
        let faulty = FaultyStore::new(store);
        let vm = vm_on(faulty.clone());
        let contract = deploy(&vm, COUNTER, 0);
        for amount in 1..5 {
            let _ = vm.run(&add(contract, amount)).commit().unwrap();
        }
        for (name, operation) in operations {
            let before = vm.history(&contract).unwrap();
            let mut failing = 1;
            loop {
                faulty.fail_operation(failing);
                let outcome = operation(&vm, &contract);
                faulty.fail_operation(0);
                let Err(error) = outcome else { break };
                assert!(error.to_string().contains("injected"), "{name}: {error}");
                // `prune` reads the remaining history after the pruning is committed, so only it may have changed something.
                if name != "prune" {
                    assert_eq!(vm.history(&contract).unwrap(), before, "{name}: operation {failing}");
                }
                failing += 1;
            }
            assert!(failing > 3, "{name} has only {failing} operations");
        }
        assert_eq!(vm.history(&contract).unwrap().len(), 4);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}
