//! The cost of proofs against the world root.

use std::time::Instant;

use super::*;
use crate::store::{FaultyStore, StoreStatistics};

#[test]
fn the_cost_of_a_proof_does_not_grow_with_the_number_of_accounts() {
    let directory = TempDir::new().unwrap();
    let counted = |accounts: u32, on_disk: bool| {
        let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
        let path = directory.path().join(accounts.to_string());
        let store: Arc<dyn PageStore> =
            if on_disk { LmdbStore::open(&path, &options).unwrap() } else { MemoryStore::new() };
        let faulty = FaultyStore::new(store);
        let (vm, contract) = crowd(faulty.clone(), accounts);
        let absent = Address([0x77; 20]);
        [(spread(1), vec![]), (spread(7), vec![]), (absent, vec![]), (contract, vec![PageIndex(0), PageIndex(9)])].map(
            |(address, pages)| {
                faulty.fail_operation(0);
                let before = StoreStatistics::of_this_thread();
                let proof = vm.now().unwrap().prove_in_world(&address, &pages[..]).unwrap();
                let hashed = StoreStatistics::of_this_thread().since(before).world_hashed;
                let operations = faulty.operations();
                assert_eq!(proof, from_all_accounts(&*vm.store().snapshot().unwrap(), &address, &pages));
                (operations, hashed)
            },
        )
    };
    for on_disk in [false, true] {
        let (few, many) = (counted(512, on_disk), counted(8_192, on_disk));
        for ((few, few_hashed), (many, many_hashed)) in few.into_iter().zip(many) {
            // One operation each for the snapshot, the moment, the newest block, the account, the tree and the record of the block.
            // The rest read the proven records: another account that occupies the place, or pages.
            assert!(few <= 12 && many <= 12, "{few} operations, then {many}");
            // With sixteen times as many accounts each path is longer by one tree block. There are four paths: to the proven account
            // and to the changed ones. A tree block takes fifteen hashes, and is hashed at most five times.
            assert!(many_hashed <= few_hashed + 4 * 5 * 15, "{few_hashed} hashes, then {many_hashed}");
        }
    }
}

/// Prints the times of three kinds of proof, which alternate: from the stored tree with some calls since the newest block, from
/// all accounts, and of an old version. Each time is the median of 21, with the range of the middle 19.
#[test]
#[ignore = "takes a minute, and prints times to be read"]
fn how_long_a_proof_takes() {
    const ROUNDS: usize = 21;
    let spread_of = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        format!("{:.0} ({:.0} to {:.0})", all[ROUNDS / 2], all[ROUNDS / 20], all[ROUNDS - 1 - ROUNDS / 20])
    };
    println!(
        "| accounts | calls since the newest block | from the tree, µs | from all accounts, µs | of an old version, µs |"
    );
    for accounts in [1_000, 10_000, 100_000] {
        let directory = TempDir::new().unwrap();
        let (vm, contract) = crowd(on_disk(&directory).store().clone(), accounts);
        let call = |n: u32| vm.run(&add(contract, 1).sender(spread(n % accounts))).commit().unwrap();
        for (block, since) in [(2, 1), (3, 100), (4, 1_000)] {
            vm.execute_block(block, 0, &[]).unwrap();
            (0..since).for_each(|n| _ = call(n));
            let mut times = [const { Vec::new() }; 3];
            for round in 0..ROUNDS {
                let address = spread(round as u32 * 37);
                let snapshot = vm.store().snapshot().unwrap();
                let proofs: [&dyn Fn() -> Proof; 3] = [
                    &|| vm.now().unwrap().prove_in_world(&address, &[]).unwrap(),
                    &|| from_all_accounts(&*snapshot, &address, &[]),
                    &|| vm.at((contract, Version(2))).unwrap().prove_in_world(&contract, &[]).unwrap(),
                ];
                for (times, prove) in times.iter_mut().zip(proofs) {
                    let start = Instant::now();
                    prove();
                    times.push(1e6 * start.elapsed().as_secs_f64());
                }
            }
            let [kept, all, past] = times.map(spread_of);
            println!("| {accounts} | {since} | {kept} | {all} | {past} |");
        }
    }
}
