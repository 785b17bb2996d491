//! Others commit while a proof is made.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::proof::Verifier;
use crate::store::Batch;
use crate::vm::tests::hooked::{Deed, Hooked};

#[test]
fn a_proof_is_of_its_view_whatever_is_committed_while_it_is_made() {
    // When the world tree is asked for, somebody makes money for an account: the tree is then that of a later moment.
    let (made, times) = (Address([0x77; 20]), Arc::new(AtomicU64::new(0)));
    let left = times.clone();
    let store = Hooked::new(move |store, deed| {
        let is_due = |left: u64| left.checked_sub(1).filter(|_| deed == Deed::World);
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_due).is_ok() {
            let before = store.snapshot().unwrap().account(&made).unwrap();
            let mut after = before.clone().unwrap_or_default();
            after.balance += 1;
            store.commit(&Batch { accounts: vec![(made, before, after)], ..Batch::default() }).unwrap();
        }
    });
    let (vm, contract) = crowd(store, 20);
    for address in [made, contract, spread(3), Address([1; 20])] {
        let view = vm.now().unwrap();
        let root = compare(&vm, [&address]);
        times.store(1, Ordering::SeqCst);
        assert_eq!(view.prove_in_world(&address, &[]).unwrap().root, root);
        assert_eq!(times.swap(0, Ordering::SeqCst), 0, "something was committed");
        assert_ne!(vm.now().unwrap().prove_in_world(&address, &[]).unwrap().root, root);
    }
}

#[test]
fn a_proof_that_is_made_while_others_commit_is_of_one_moment() {
    let directory = TempDir::new().unwrap();
    for vm in [vm_on(MemoryStore::new()), on_disk(&directory)] {
        let contract = deploy(&vm, COUNTER, 0);
        (0..20).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
        let root = || {
            let snapshot = vm.store().snapshot().unwrap();
            among_all(&*snapshot, &contract, &[]).root
        };
        let (roots, done) = (Mutex::new(vec![root()]), AtomicBool::new(false));
        let proven: Vec<_> = std::thread::scope(|scope| {
            scope.spawn(|| {
                // It ends without having been told to, too: the proofs may fail.
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
