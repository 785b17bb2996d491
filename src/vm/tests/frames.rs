//! Kept frames always hold the bytes of the account's state root.

use super::*;
use crate::store::FaultyStore;
use crate::units::{PageCount, PageIndex};

#[test]
fn a_failed_call_has_no_effects_and_the_frames_are_right() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(COUNTER);
        let _ = vm.run(&add(contract, 5).pager(pager)).commit().unwrap();
        let before = vm.now().unwrap().account(&contract).unwrap();
        for failing in ["add_and_trap", "add_and_revert", "add_and_spin"] {
            let call = Call::new(contract, failing).pager(pager).gas(crate::units::Gas(100_000));
            let receipt = vm.run(&call).commit().unwrap();
            assert_ne!(receipt.status, Status::Returned);
            assert_eq!((receipt.commit, receipt.contracts[0].pages_changed), (None, 0));
            assert_eq!(receipt.contracts[0].state_before, receipt.contracts[0].state_after);
            assert_eq!(vm.now().unwrap().account(&contract).unwrap(), before);
            assert_eq!(
                vm.now().unwrap().account(&Address::ZERO).unwrap().unwrap().nonce,
                1,
                "only the first call was committed"
            );
            assert_eq!(result(&vm.run(&Call::new(contract, "get").pager(pager)).dry().unwrap()), 5);
        }
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn a_dry_run_has_the_receipt_of_a_commit_and_no_effects() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(COUNTER);
        for round in 1..4 {
            let dry = vm.run(&add(contract, 7).pager(pager)).dry().unwrap();
            assert_eq!(dry, vm.run(&add(contract, 7).pager(pager)).dry().unwrap());
            let committed = vm.run(&add(contract, 7).pager(pager)).commit().unwrap();
            assert_eq!(committed.commit.unwrap().0, round);
            assert_eq!(dry, Receipt { commit: None, ..committed });
        }
    }
}

#[test]
fn frames_follow_the_commits_of_other_pagers_and_other_vms() {
    let store = MemoryStore::new();
    let (one, other) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&one, COUNTER, 0);
    let mut expected = 0;
    for round in 0..40_i64 {
        let vm = if round % 3 == 0 { &one } else { &other };
        let pager = PagerKind::available().cycle().nth(round as usize % 7).unwrap();
        expected += round;
        assert_eq!(result(&vm.run(&add(contract, round).pager(pager)).commit().unwrap()), expected);
        for vm in [&one, &other] {
            for pager in PagerKind::available() {
                assert_eq!(result(&vm.run(&Call::new(contract, "get").pager(pager)).dry().unwrap()), expected);
            }
        }
    }
}

#[test]
fn a_region_many_versions_behind_is_loaded_again() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    assert_eq!(result(&kept.run(&add(contract, 1)).commit().unwrap()), 1);
    for _ in 0..100 {
        let _ = busy.run(&add(contract, 1)).commit().unwrap();
    }
    assert_eq!(result(&kept.run(&Call::new(contract, "get")).dry().unwrap()), 101);
}

#[test]
fn only_pages_that_others_changed_are_loaded_again() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]);
    for page in 0..3 {
        let _ = kept.run(&put(page, 10 + i64::from(page))).commit().unwrap();
    }
    let _ = busy.run(&put(1, 99)).commit().unwrap();
    let values: Vec<i64> = (0..3).map(|page| result(&kept.run(&at(page)).dry().unwrap())).collect();
    assert_eq!(values, [10, 99, 12]);
    let frames = kept.shared.pool.take(contract, PagerKind::Soft).unwrap().region.present_pages();
    assert_eq!(frames, 3);
}

#[test]
fn a_commit_that_the_store_refuses_has_no_effects() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy(&vm, COUNTER, 0);
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    faulty.fail_operation(0);
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    let operations = faulty.operations();
    assert!(operations > 3);
    for failing in 1..=operations {
        faulty.fail_operation(failing);
        let outcome = vm.run(&add(contract, 1)).commit();
        let halted = outcome.as_ref().is_ok_and(|receipt| halt_kind(receipt) == Some(HaltKind::Store));
        assert!(outcome.is_err() || halted, "operation {failing}: {outcome:?}");
        faulty.fail_operation(0);
        assert_eq!(stored(&vm, contract), 2, "operation {failing}");
        assert_eq!(result(&vm.run(&Call::new(contract, "get")).dry().unwrap()), 2, "operation {failing}");
    }
    assert_eq!(result(&vm.run(&add(contract, 1)).commit().unwrap()), 3);
}

#[test]
fn a_store_failure_in_a_fault_halts_the_call() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy(&vm, COUNTER, 0);
    let _ = vm.run(&add(contract, 1)).commit().unwrap();
    let fresh = vm_on(faulty.clone());
    let counting = vm_on(faulty.clone());
    faulty.fail_operation(0);
    let _ = counting.run(&Call::new(contract, "get")).dry().unwrap();
    let operations = faulty.operations();
    let kinds: Vec<_> = (1..=operations)
        .map(|failing| {
            let vm = vm_on(faulty.clone());
            faulty.fail_operation(failing);
            vm.run(&Call::new(contract, "get")).dry().map(|receipt| halt_kind(&receipt))
        })
        .collect();
    assert!(kinds.iter().any(|kind| matches!(kind, Ok(Some(HaltKind::Store)))), "{kinds:?}");
    assert!(kinds.iter().all(|kind| !matches!(kind, Ok(None))), "{kinds:?}");
    assert_eq!(result(&fresh.run(&Call::new(contract, "get")).dry().unwrap()), 1);
}

#[test]
fn a_resident_contract_sees_pages_that_others_wrote_and_cleared() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]).pager(PagerKind::Resident);
    let seen = || (0..5).map(|page| result(&kept.run(&at(page)).dry().unwrap())).collect::<Vec<_>>();
    let _ = busy.run(&put(0, 10)).commit().unwrap();
    let _ = busy.run(&put(1, 11)).commit().unwrap();
    assert_eq!(seen(), [10, 11, 0, 0, 0]);
    let _ = busy.run(&put(1, 0)).commit().unwrap();
    let _ = busy.run(&put(3, 13)).commit().unwrap();
    assert_eq!(seen(), [10, 0, 0, 13, 0], "one page was cleared, one is new");
    let _ = kept.run(&put(4, 14).pager(PagerKind::Resident)).commit().unwrap();
    for value in 0..100 {
        let _ = busy.run(&put(2, value)).commit().unwrap();
    }
    assert_eq!(seen(), [10, 0, 99, 13, 14], "too many versions behind to follow the diffs");
}

#[test]
fn a_resident_contract_is_complete_after_a_store_failure_during_its_load() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let (kept, busy) = (vm_on(faulty.clone()), vm_on(faulty.clone()));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]).pager(PagerKind::Resident);
    let _ = busy.run(&put(0, 1)).commit().unwrap();
    let _ = kept.run(&at(0)).dry().unwrap();
    let mut value = 1;
    for failing in 1.. {
        value += 1;
        for page in 0..3 {
            let _ = busy.run(&put(page, value)).commit().unwrap();
        }
        faulty.fail_operation(failing);
        let failed = kept.run(&at(0)).dry().is_err();
        faulty.fail_operation(0);
        let seen: Vec<i64> = (0..3).map(|page| result(&kept.run(&at(page)).dry().unwrap())).collect();
        assert_eq!(seen, [value; 3], "operation {failing}");
        if !failed {
            assert!(failing > 5, "only {failing} operations");
            break;
        }
    }
}

#[test]
fn a_contract_with_more_pages_than_the_frame_budget_cannot_be_resident() {
    let budget = PageCount(3);
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).frame_budget(budget).build().unwrap();
    let contract = deploy(&vm, COUNTER, 0);
    let put = |page: i32| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(1)]);
    for page in 0..3 {
        let _ = vm.run(&put(page).pager(PagerKind::Resident)).commit().unwrap();
    }
    // A call may exceed the budget; its frames are not kept then.
    assert_eq!(vm.run(&put(3).pager(PagerKind::Resident)).commit().unwrap().status, Status::Returned);
    let error = vm.run(&put(0).pager(PagerKind::Resident)).dry().unwrap_err();
    assert!(matches!(error, Error::Transaction(TransactionError::FrameBudget { needed: PageCount(4), .. })), "{error}");
    assert!(error.to_string().contains("4 pages, more than the budget of 3 frames"), "{error}");
    assert_eq!(vm.run(&put(0)).commit().unwrap().status, Status::Returned, "soft has no such limit");
}

#[test]
fn the_kept_frames_of_a_thousand_contracts_stay_within_the_budget() {
    // Eight contracts under both pagers: 41 KiB each under soft, and 101 KiB under resident, whose page table has all entries.
    let budget = PageCount(310);
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).frame_budget(budget).build().unwrap();
    let contracts: Vec<Address> = (0..1_000).map(|nonce| deploy(&vm, COUNTER, nonce)).collect();
    for (number, contract) in contracts.iter().enumerate() {
        for pager in [PagerKind::Soft, PagerKind::Resident] {
            let _ = vm.run(&add(*contract, number as i64).pager(pager)).commit().unwrap();
            assert!(vm.shared.pool.kept_bytes() <= u64::from(budget.0) * crate::units::PAGE_SIZE as u64);
        }
    }
    let kept = |number: usize, pager| vm.shared.pool.take(contracts[number], pager).is_some();
    assert!(kept(999, PagerKind::Soft) && kept(999, PagerKind::Resident) && kept(992, PagerKind::Soft));
    assert!(
        !kept(0, PagerKind::Soft) && !kept(990, PagerKind::Resident),
        "least recently used; each takes a frame, a page tree and a machine"
    );
    assert_eq!(result(&vm.run(&Call::new(contracts[3], "get")).dry().unwrap()), 6);
}

#[test]
fn a_trace_has_the_reads_and_writes_that_its_pager_tracks() {
    let (vm, contract) = vm_with(COUNTER);
    let put = Call::new(contract, "put").args([Value::I32(4092), Value::I64(-1)]);
    let run = |pager| {
        let (receipt, trace) = vm.run(&put.clone().pager(pager)).trace(Detail::Calls).commit().unwrap();
        let (frames, contract) = (&trace.frames[0], &receipt.contracts[0]);
        (frames.pages_read, frames.pages_written, contract.pages_changed, contract.version.0)
    };
    assert_eq!(run(PagerKind::Soft), (Some(0), Some(2), 2, 1));
    assert_eq!(run(PagerKind::Eager), (None, None, 0, 1), "written with equal bytes");
    assert_eq!(run(PagerKind::Resident), (None, Some(2), 0, 1));
}

#[test]
fn a_page_set_to_zeros_is_not_stored() {
    let (vm, contract) = vm_with(COUNTER);
    let put = |value| Call::new(contract, "put").args([Value::I32(8192), Value::I64(value)]);
    let _ = vm.run(&put(1)).commit().unwrap();
    let receipt = vm.run(&put(0)).commit().unwrap();
    assert_eq!(receipt.contracts[0].state_after, Some(crate::units::StateRoot::ZERO));
    assert_eq!(vm.store().snapshot().unwrap().stored_pages(&contract).unwrap(), Vec::<PageIndex>::new());
}

#[test]
fn dry_runs_in_many_threads_each_see_one_moment() {
    let (vm, contract) = vm_with(COUNTER);
    let (vm, threads) = (&vm, 4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                let mut last = 0;
                for _ in 0..200 {
                    let value = result(&vm.run(&Call::new(contract, "get")).dry().unwrap());
                    assert!(value >= last, "{value} after {last}");
                    last = value;
                }
            });
        }
        scope.spawn(move || {
            (0..100).for_each(|_| assert!(vm.run(&add(contract, 1)).commit().unwrap().commit.is_some()))
        });
    });
    assert_eq!(stored(vm, contract), 100);
}

#[test]
fn more_contracts_than_regions_are_kept_all_work() {
    let vm = vm_on(MemoryStore::new());
    let contracts: Vec<Address> = (0..300).map(|nonce| deploy(&vm, COUNTER, nonce)).collect();
    for round in 1..3 {
        for contract in &contracts {
            assert_eq!(result(&vm.run(&add(*contract, 1)).commit().unwrap()), round);
        }
    }
}
