//! A block has the same effects as its calls would have one by one.

use proptest::prelude::*;
use tempfile::TempDir;

use super::actor::{self, ACTOR};
use super::*;
use crate::receipt::{ContractState, Recorded};
use crate::store::world::WorldTree;
use crate::store::{FaultyStore, LmdbStore, OpenOptions, StoreError};
use crate::units::{PageIndex, Version};

const ACTORS: usize = 3;

/// A call of an actor; actor, sender and pager are numbers in their lists.
#[derive(Debug, Clone)]
struct ActorCall {
    actor: usize,
    script: Vec<&'static str>,
    sender: usize,
    value: u64,
    pager: usize,
}

fn actor_call() -> impl Strategy<Value = ActorCall> {
    let part = prop::sample::select(vec!["+", "s", "e", "v", "t", "+", "s"]);
    let alone = prop::collection::vec(part.clone(), 0..4);
    let nested = (prop::collection::vec(part.clone(), 0..3), 0..ACTORS, prop::collection::vec(part, 0..4));
    let nested = nested.prop_map(|(mut parts, callee, rest)| {
        parts.extend(["c", ["0", "1", "2"][callee]]);
        parts.extend(rest);
        parts
    });
    let script = prop_oneof![alone, nested];
    (0..ACTORS, script, 0..2usize, 0..3u64, 0..8usize).prop_map(|(actor, script, sender, value, pager)| ActorCall {
        actor,
        script,
        sender,
        value,
        pager,
    })
}

struct World {
    vm: Vm,
    actors: Vec<Address>,
}

const SENDERS: [Address; 2] = [Address([0xa0; 20]), Address([0xa1; 20])];

impl World {
    fn new(store: Arc<dyn PageStore>) -> Self {
        let vm = vm_on(store);
        let actors = (0..ACTORS as u64).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
        for sender in SENDERS {
            vm.fund(&sender, 1_000).unwrap();
        }
        Self { vm, actors }
    }

    fn call(&self, ActorCall { actor, script, sender, value, pager }: &ActorCall) -> Call {
        let pager = PagerKind::available().cycle().nth(*pager).unwrap();
        let input = actor::script(&self.actors, script);
        let call = Call::new(self.actors[*actor], "run").input(input).sender(SENDERS[*sender]);
        call.value(*value).pager(pager).gas(Gas(1 << 24)).block_number(7).timestamp(70)
    }

    /// Returns the state that does not depend on the grouping of calls into blocks.
    fn state(&self) -> Vec<(u64, u64, crate::units::StateRoot)> {
        let account = |address| self.vm.now().unwrap().account(address).unwrap().unwrap_or_default();
        let all = self.actors.iter().chain(&SENDERS).map(account);
        all.map(|account| (account.balance, account.nonce, account.state)).collect()
    }
}

/// Returns a receipt without the fields that differ in a block.
fn bare(receipt: &Receipt) -> Receipt {
    let mut receipt = receipt.clone();
    receipt.commit = None;
    for contract in &mut receipt.contracts {
        (contract.state_before, contract.state_after, contract.version) = Default::default();
    }
    receipt
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_block_has_the_effects_of_its_calls_one_by_one(
        blocks in prop::collection::vec(prop::collection::vec(actor_call(), 0..6), 1..4),
    ) {
        let directory = TempDir::new().unwrap();
        let alone = World::new(MemoryStore::new());
        let disk = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
        let worlds = [World::new(MemoryStore::new()), World::new(disk)];
        for (number, calls) in blocks.iter().enumerate() {
            let receipts: Vec<_> = calls.iter().map(|call| alone.vm.run(&alone.call(call)).commit().unwrap()).collect();
            let number = number as u64 * 2 + 7;
            let mut executed = Vec::new();
            for world in &worlds {
                let calls: Vec<_> = calls.iter().map(|call| world.call(call)).collect();
                let block = world.vm.execute_block(number, 70, &calls).unwrap();
                prop_assert!(block.receipts.iter().map(bare).eq(receipts.iter().map(bare)), "{:?}", block.receipts);
                prop_assert_eq!(world.state(), alone.state());
                prop_assert_eq!(world.vm.block(number).unwrap(), Some(block.clone()));
                prop_assert_eq!(world.vm.block(number + 1).unwrap(), None);
                prop_assert_eq!(world.vm.recorded(block.commit).unwrap(), Some(Recorded::Block(block.clone())));
                for ContractState { address, version, state } in &block.states {
                    let account = world.vm.now().unwrap().account(address).unwrap().unwrap();
                    prop_assert_eq!((account.version, account.state), (*version, *state));
                }
                let world_tree = WorldTree::of(&*world.vm.store().snapshot().unwrap()).unwrap().change(&[]).unwrap();
                prop_assert_eq!(block.world_root, world_tree);
                executed.push(block);
            }
            prop_assert_eq!(&executed[0], &executed[1]);
            // Frames that the block has kept are right for calls outside a block.
            for actor in 0..ACTORS {
                let probe = ActorCall { actor, script: vec!["+", "s"], sender: 0, value: 0, pager: number as usize };
                let [expected, found] = [&alone, &worlds[0]].map(|world| world.vm.run(&world.call(&probe)).dry().unwrap());
                prop_assert_eq!(bare(&found), bare(&expected));
                prop_assert_eq!(found.contracts[0].state_after, expected.contracts[0].state_after);
            }
        }
        for world in &worlds {
            prop_assert_eq!(world.vm.store().check().unwrap().problems, vec![]);
        }
    }
}

#[test]
fn a_block_makes_one_version_and_failed_calls_are_recorded_without_effects() {
    let (vm, contract) = vm_with(COUNTER);
    let failing = ["add_and_trap", "add_and_revert"].map(|function| Call::new(contract, function));
    let calls =
        [add(contract, 1), failing[0].clone(), add(contract, 2), failing[1].clone(), Call::new(contract, "get")];
    let block = vm.execute_block(3, 9, &calls).unwrap();
    assert_eq!((block.number, block.timestamp, block.commit.0), (3, 9, 1));
    let commits: Vec<_> = block.receipts.iter().map(|receipt| receipt.commit.map(|commit| commit.0)).collect();
    assert_eq!(commits, [Some(1), None, Some(1), None, Some(1)]);
    assert!(block.receipts.iter().all(|receipt| receipt.contracts[0].state_after.is_none()));
    assert_eq!(result(&block.receipts[4]), 3);
    let account = vm.now().unwrap().account(&contract).unwrap().unwrap();
    assert_eq!((account.version, stored(&vm, contract)), (Version(1), 3));
    let state = ContractState { address: contract, version: Version(1), state: account.state };
    assert_eq!(block.states, [state]);
    assert_eq!(vm.now().unwrap().account(&Address::ZERO).unwrap().unwrap().nonce, 3);
    assert_eq!(vm.receipt(block.commit).unwrap(), None);

    // Two calls that cancel out make no version.
    let block = vm.execute_block(4, 0, &[add(contract, 1), add(contract, -1)]).unwrap();
    assert_eq!((block.states.len(), block.receipts[0].contracts[0].version), (0, Version(1)));
    assert_eq!(vm.now().unwrap().account(&contract).unwrap().unwrap(), account);
    let block = vm.execute_block(5, 0, &[]).unwrap();
    assert_eq!((block.commit.0, vm.last_block().unwrap()), (3, Some(5)));
    assert_eq!(vm.store().check().unwrap().problems, []);
}

#[test]
fn block_numbers_must_increase_and_a_call_that_cannot_start_undoes_its_block() {
    let (vm, contract) = vm_with(COUNTER);
    vm.execute_block(5, 0, &[add(contract, 1)]).unwrap();
    for number in [0, 5, u64::MAX] {
        let error = vm.execute_block(number, 0, &[]).unwrap_err();
        assert!(matches!(&error, Error::Store(error) if matches!(**error, StoreError::BlockOrder { .. })), "{error}");
    }
    let error = vm.execute_block(6, 0, &[add(contract, 1), Call::new(contract, "none")]).unwrap_err();
    assert!(error.to_string().starts_with("the block was not executed: call 2: "), "{error}");
    assert_eq!((stored(&vm, contract), vm.last_block().unwrap()), (1, Some(5)));
    assert_eq!(result(&vm.run(&add(contract, 1)).commit().unwrap()), 2);
}

#[test]
fn a_block_hashes_each_changed_page_once() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy(&vm, COUNTER, 0);
    let trees = |calls: usize| {
        faulty.fail_operation(0);
        vm.execute_block(vm.last_block().unwrap().unwrap_or(0) + 1, 0, &vec![add(contract, 1); calls]).unwrap();
        faulty.trees()
    };
    assert_eq!((trees(1), trees(50)), (1, 1));
}

#[test]
fn events_are_found_until_they_expire() {
    let vm = vm_on(MemoryStore::new());
    let actors: Vec<_> = (0..2).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
    let emit = |actor: usize| Call::new(actors[actor], "run").input(actor::script(&actors, &["+", "e"]));
    vm.execute_block(1, 0, &[emit(0), emit(1)]).unwrap();
    let _ = vm.run(&emit(0)).commit().unwrap();
    let found = |contract: Option<usize>| -> Vec<(u64, u64, u8)> {
        let events = vm.events(contract.map(|actor| &actors[actor]), None).unwrap();
        events.iter().map(|found| (found.commit.0, found.block, found.event.data[0])).collect()
    };
    assert_eq!(found(None), [(1, 1, 1), (1, 1, 1), (2, 1, 2)]);
    assert_eq!(found(Some(1)), [(1, 1, 1)]);
    assert_eq!(vm.events(None, Some(&[3; 32])).unwrap(), []);
    // The events expire after nine blocks.
    vm.execute_block(9, 0, &[emit(1)]).unwrap();
    assert_eq!(found(None).len(), 4);
    vm.execute_block(10, 0, &[]).unwrap();
    assert_eq!(found(None), [(3, 9, 2)]);
    assert_eq!(vm.block(1).unwrap().unwrap().receipts[0].events.len(), 1);
}

#[test]
fn a_block_in_which_the_store_fails_has_no_effects_and_the_next_one_works() {
    for pager in PagerKind::available() {
        let faulty = FaultyStore::new(MemoryStore::new());
        let vm = vm_on(faulty.clone());
        let contract = deploy(&vm, COUNTER, 0);
        let _ = vm.run(&add(contract, 5).pager(pager)).commit().unwrap();
        let put = Call::new(contract, "put").args([Value::I32(40_000), Value::I64(1)]);
        let calls = [add(contract, 1), put, add(contract, 1)].map(|call| call.pager(pager));
        let before = vm.now().unwrap().account(&contract).unwrap().unwrap();
        let mut failing = 1;
        loop {
            faulty.fail_operation(failing);
            let outcome = vm.execute_block(1, 0, &calls);
            let reached = faulty.operations() >= failing;
            faulty.fail_operation(0);
            match outcome {
                Ok(_) if !reached => break,
                // The failed operation was a page that only a fault window reached.
                Ok(block) => {
                    assert_eq!(block.receipts.len(), 3);
                    break;
                }
                Err(error) => assert!(error.to_string().contains("injected"), "{pager}: {error}"),
            }
            assert_eq!(vm.now().unwrap().account(&contract).unwrap().unwrap(), before, "{pager}: operation {failing}");
            assert_eq!(result(&vm.run(&add(contract, 1).pager(pager)).dry().unwrap()), 6, "{pager}");
            failing += 1;
        }
        assert!(failing > 8, "{pager}: {failing} operations");
        assert_eq!(vm.now().unwrap().page(&contract, PageIndex(0)).unwrap().0[0] % 8, stored(&vm, contract) as u8 % 8);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}
