//! Proofs during commits of others.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::proof::Verifier;
use crate::store::Batch;
use crate::vm::tests::hooked::{HookedStore, Operation};

#[test]
fn a_proof_shows_the_moment_of_its_view_despite_a_commit_during_its_construction() {
    // The hook funds an account just before the world tree is read, so the tree belongs to a later moment.
    let (funded, times) = (Address([0x77; 20]), Arc::new(AtomicU64::new(0)));
    let remaining = times.clone();
    let store = HookedStore::new(move |store, operation| {
        let is_due = |count: u64| count.checked_sub(1).filter(|_| operation == Operation::World);
        if remaining.fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_due).is_ok() {
            let before = store.snapshot().unwrap().account(&funded).unwrap();
            let mut after = before.clone().unwrap_or_default();
            after.balance += 1;
            store.commit(&Batch { accounts: vec![(funded, before, after)], ..Batch::default() }).unwrap();
        }
    });
    let (vm, contract) = crowd(store, 20);
    for address in [funded, contract, spread(3), Address([1; 20])] {
        let view = vm.now().unwrap();
        let root = compare(&vm, [&address]);
        times.store(1, Ordering::SeqCst);
        assert_eq!(view.prove_in_world(&address, &[]).unwrap().root, root);
        assert_eq!(times.swap(0, Ordering::SeqCst), 0, "the hook has committed");
        assert_ne!(vm.now().unwrap().prove_in_world(&address, &[]).unwrap().root, root);
    }
}

#[test]
fn a_proof_during_commits_of_others_shows_one_moment() {
    let directory = TempDir::new().unwrap();
    for vm in [vm_on(MemoryStore::new()), on_disk(&directory)] {
        let contract = deploy(&vm, COUNTER, 0);
        (0..20).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
        let root = || {
            let snapshot = vm.store().snapshot().unwrap();
            from_all_accounts(&*snapshot, &contract, &[]).root
        };
        let (roots, done) = (Mutex::new(vec![root()]), AtomicBool::new(false));
        let proven: Vec<_> = std::thread::scope(|scope| {
            scope.spawn(|| {
                // The number of commits is limited, as the proofs may fail before they set `done`.
                for number in (1..20_000).take_while(|_| !done.load(Ordering::SeqCst)) {
                    match number % 3 {
                        0 => _ = vm.execute_block(number, 0, &[add(contract, 1)]).unwrap(),
                        1 => _ = vm.fund(&spread(number as u32 % 30), 1).unwrap(),
                        _ => _ = vm.run(&add(contract, 1)).commit().unwrap(),
                    }
                    roots.lock().unwrap().push(root());
                }
            });
            let asked = [contract, spread(3), spread(50)].into_iter().cycle().take(600);
            let proven = asked.map(|address| vm.now().unwrap().prove_in_world(&address, &[]).unwrap()).collect();
            done.store(true, Ordering::SeqCst);
            proven
        });
        let roots = roots.into_inner().unwrap();
        for proof in &proven {
            assert!(roots.contains(&proof.root));
            Verifier::new().root(*proof.root.as_bytes()).verify(&proof.bytes).unwrap();
        }
    }
}
