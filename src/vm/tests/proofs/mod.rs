//! Proofs against the world root: those from the stored world tree must equal those from all accounts.

mod cost;
mod damage;
mod meanwhile;

use std::collections::BTreeSet;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::proof::{Proof, Root, prove_in_world};
use crate::store::hash::code_hash;
use crate::store::world::WorldTree;
use crate::store::{Durability, LmdbStore, OpenOptions, Snapshot, StoreError, moment_of};
use crate::units::{PageIndex, Version, WorldRoot};

#[derive(Debug, Clone)]
enum Step {
    /// Funds an account, which may be new.
    Fund(Address, u8),
    /// A call of a contract, which is a commit.
    Add(usize, i64),
    /// A block of calls.
    Block(Vec<(usize, i64)>),
    /// Rolls a contract back to one of its versions.
    Rollback(usize, prop::sample::Index),
    Prune(usize, prop::sample::Index),
    /// Closes the store on disk and opens it again.
    Reopen,
}

const CONTRACTS: usize = 2;

/// Generates addresses that differ in early, late or random bits.
fn addresses() -> impl Strategy<Value = Address> {
    let near = (0..20_usize, 0..8_u32).prop_map(|(byte, bit)| {
        let mut address = Address([0x55; 20]);
        address.0[byte] ^= 1 << bit;
        address
    });
    prop_oneof![any::<[u8; 20]>().prop_map(Address), near]
}

fn step() -> impl Strategy<Value = Step> {
    let call = || (0..CONTRACTS, -1..3_i64);
    prop_oneof![
        4 => (addresses(), any::<u8>()).prop_map(|(address, amount)| Step::Fund(address, amount)),
        3 => call().prop_map(|(contract, amount)| Step::Add(contract, amount)),
        3 => prop::collection::vec(call(), 0..4).prop_map(Step::Block),
        1 => (0..CONTRACTS, any::<prop::sample::Index>()).prop_map(|(contract, to)| Step::Rollback(contract, to)),
        1 => (0..CONTRACTS, any::<prop::sample::Index>()).prop_map(|(contract, to)| Step::Prune(contract, to)),
        1 => Just(Step::Reopen),
    ]
}

fn on_disk(directory: &TempDir) -> Vm {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    vm_on(LmdbStore::open(directory.path(), &options).unwrap())
}

/// Makes a proof from all accounts of a moment.
fn from_all_accounts(snapshot: &dyn Snapshot, address: &Address, pages: &[PageIndex]) -> Proof {
    prove_in_world(snapshot, &WorldTree::of(snapshot).unwrap(), address, &pages.into()).unwrap()
}

/// Compares proofs of the newest moment with those from all accounts. Returns their root.
#[track_caller]
fn compare<'a>(vm: &Vm, addresses: impl IntoIterator<Item = &'a Address>) -> Root {
    let snapshot = vm.store().snapshot().unwrap();
    let mut root = None;
    for address in addresses {
        let account = snapshot.account(address).unwrap();
        let is_contract = account.is_some_and(|account| account.code.is_some());
        let pages = [&[][..], &[PageIndex(0), PageIndex(3)]];
        for pages in &pages[..1 + usize::from(is_contract)] {
            let proof = vm.now().unwrap().prove_in_world(address, *pages).unwrap();
            assert_eq!(proof, from_all_accounts(&*snapshot, address, pages), "{address}");
            assert_eq!(*root.get_or_insert(proof.root), proof.root);
            if is_contract {
                compare_at(vm, address, pages);
            }
        }
    }
    root.expect("at least one address")
}

/// Compares a proof of the newest version with one from all accounts.
#[track_caller]
fn compare_at(vm: &Vm, contract: &Address, pages: &[PageIndex]) {
    let Version(newest) = vm.now().unwrap().account(contract).unwrap().unwrap().version;
    let snapshot = vm.store().snapshot().unwrap();
    let moment = moment_of(&*snapshot, contract, Version(newest)).unwrap();
    let past = vm.store().snapshot_at(moment).unwrap();
    match vm.at((*contract, Version(newest))).unwrap().prove_in_world(contract, pages) {
        Err(Error::Store(error)) if matches!(*error, StoreError::Pruned { .. }) => {
            assert!(WorldTree::of(&*past).is_err());
        }
        proof => assert_eq!(proof.unwrap(), from_all_accounts(&*past, contract, pages)),
    }
}

fn version(vm: &Vm, contract: &Address, index: prop::sample::Index) -> Version {
    let kept = vm.history(contract).unwrap();
    kept[index.index(kept.len())].version
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_proof_equals_the_one_from_all_accounts(
        steps in prop::collection::vec(step(), 1..25),
        absent in prop::collection::vec(addresses(), 3),
    ) {
        let directory = TempDir::new().unwrap();
        let mut vms = [vm_on(MemoryStore::new()), on_disk(&directory)];
        let contracts: Vec<_> = (0..CONTRACTS as u64).map(|nonce| vms.each_ref().map(|vm| deploy(vm, COUNTER, nonce))[0]).collect();
        let mut asked: BTreeSet<Address> = absent.into_iter().chain(contracts.clone()).collect();
        for (number, step) in (1..).zip(steps) {
            if let Step::Reopen = step {
                // The open store is closed first.
                vms[1] = vm_on(MemoryStore::new());
                vms[1] = on_disk(&directory);
            }
            if let Step::Fund(address, _) = step {
                asked.insert(address);
            }
            for vm in &vms {
                match &step {
                    Step::Fund(address, amount) => _ = vm.fund(address, (*amount).into()).unwrap(),
                    Step::Add(contract, amount) => _ = vm.run(&add(contracts[*contract], *amount)).commit().unwrap(),
                    Step::Block(calls) => {
                        let calls: Vec<_> = calls.iter().map(|(contract, amount)| add(contracts[*contract], *amount)).collect();
                        let block = vm.execute_block(number, 0, &calls).unwrap();
                        prop_assert_eq!(compare(vm, &contracts), Root::World(block.world_root));
                    }
                    Step::Rollback(contract, to) => {
                        let contract = &contracts[*contract];
                        vm.rollback(contract, version(vm, contract, *to)).unwrap();
                    }
                    Step::Prune(contract, to) => {
                        let contract = &contracts[*contract];
                        vm.prune(contract, version(vm, contract, *to)).unwrap();
                    }
                    Step::Reopen => {}
                }
            }
            let roots = vms.each_ref().map(|vm| compare(vm, &asked));
            prop_assert_eq!(roots[0], roots[1]);
        }
    }
}

/// Returns the n-th of many evenly distributed addresses.
fn spread(n: u32) -> Address {
    Address(code_hash(&n.to_be_bytes()).0[..20].try_into().unwrap())
}

/// Returns a VM with a contract and `accounts` other accounts, a block after they were funded, and some later changes.
fn crowd(store: Arc<dyn PageStore>, accounts: u32) -> (Vm, Address) {
    let vm = vm_on(store);
    let contract = deploy(&vm, COUNTER, 0);
    (0..accounts).for_each(|n| _ = vm.fund(&spread(n), 1).unwrap());
    vm.execute_block(1, 0, &[add(contract, 1)]).unwrap();
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    vm.fund(&spread(1), 5).unwrap();
    (vm, contract)
}

#[test]
fn an_empty_world_and_a_world_of_one_account_are_proven() {
    let directory = TempDir::new().unwrap();
    for vm in [vm_on(MemoryStore::new()), on_disk(&directory)] {
        let [one, other] = [Address([3; 20]), Address([4; 20])];
        assert_eq!(compare(&vm, [&one]), Root::World(WorldRoot::ZERO));
        // A block of an empty world has no tree.
        vm.execute_block(1, 0, &[]).unwrap();
        assert_eq!(compare(&vm, [&one, &other]), Root::World(WorldRoot::ZERO));
        vm.fund(&one, 1).unwrap();
        compare(&vm, [&one, &other]);
        let block = vm.execute_block(2, 0, &[]).unwrap();
        assert_eq!(compare(&vm, [&one, &other]), Root::World(block.world_root));
        assert!(
            matches!(vm.now().unwrap().prove_in_world(&other, &[PageIndex(0)]), Err(Error::Store(error)) if matches!(*error, StoreError::NoAccount(at) if at == other))
        );
        assert!(
            matches!(vm.now().unwrap().prove_in_world(&one, &[PageIndex(0)]), Err(Error::Store(error)) if matches!(*error, StoreError::NoContract(at) if at == one))
        );
    }
}

#[test]
fn an_account_that_was_pruned_after_the_block_of_the_tree_is_proven() {
    let directory = TempDir::new().unwrap();
    for vm in [vm_on(MemoryStore::new()), on_disk(&directory)] {
        let [one, other] = [0, 1].map(|nonce| deploy(&vm, COUNTER, nonce));
        vm.execute_block(1, 0, &[add(one, 1), add(other, 1)]).unwrap();
        (0..3).for_each(|_| _ = vm.run(&add(one, 1)).commit().unwrap());
        vm.prune(&one, Version(3)).unwrap();
        compare(&vm, [&one, &other]);
        // The first version of `other` can be read, but not the whole world of its moment.
        let error = vm.at((other, Version(1))).unwrap().prove_in_world(&other, &[]).unwrap_err();
        assert!(error.to_string().contains(&format!("the history of {one} before version 3 was pruned")), "{error}");
        assert_eq!(vm.at((one, Version(4))).unwrap().prove_in_world(&one, &[]).unwrap().root, compare(&vm, [&one]));
    }
}
