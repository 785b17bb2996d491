//! Frames that are kept between calls are never wrong.

use super::*;
use crate::store::FaultyStore;
use crate::units::{PageCount, PageIndex};

#[test]
fn a_call_that_fails_leaves_nothing_and_the_frames_are_right() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(COUNTER);
        vm.call(&add(contract, 5).pager(pager)).unwrap();
        let before = vm.account(&contract).unwrap();
        for failing in ["add_and_trap", "add_and_revert", "add_and_spin"] {
            let call = Call::new(contract, failing).pager(pager).gas(crate::units::Gas(100_000));
            let receipt = vm.call(&call).unwrap();
            assert_ne!(receipt.status, Status::Returned);
            assert_eq!((receipt.commit, receipt.contracts[0].pages_changed), (None, 0));
            assert_eq!(Some(receipt.contracts[0].state_before), receipt.contracts[0].state_after);
            assert_eq!(vm.account(&contract).unwrap(), before);
            assert_eq!(vm.account(&Address::ZERO).unwrap().unwrap().nonce, 1, "only the first call was committed");
            assert_eq!(result(&vm.dry_run(&Call::new(contract, "get").pager(pager)).unwrap()), 5);
        }
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn a_dry_run_tells_what_a_call_would_do_and_leaves_nothing() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(COUNTER);
        for round in 1..4 {
            let dry = vm.dry_run(&add(contract, 7).pager(pager)).unwrap();
            assert_eq!(dry, vm.dry_run(&add(contract, 7).pager(pager)).unwrap());
            let committed = vm.call(&add(contract, 7).pager(pager)).unwrap();
            assert_eq!(committed.commit.unwrap().0, round);
            assert_eq!(dry, Receipt { commit: None, ..committed });
        }
    }
}

#[test]
fn frames_follow_the_commits_of_other_pagers_and_of_other_machines() {
    let store = MemoryStore::new();
    let (one, other) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&one, COUNTER, 0);
    let mut expected = 0;
    for round in 0..40_i64 {
        let vm = if round % 3 == 0 { &one } else { &other };
        let pager = PagerKind::available().cycle().nth(round as usize % 7).unwrap();
        expected += round;
        assert_eq!(result(&vm.call(&add(contract, round).pager(pager)).unwrap()), expected);
        for vm in [&one, &other] {
            for pager in PagerKind::available() {
                assert_eq!(result(&vm.dry_run(&Call::new(contract, "get").pager(pager)).unwrap()), expected);
            }
        }
    }
}

#[test]
fn a_region_far_behind_or_beside_the_history_is_read_anew() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    assert_eq!(result(&kept.call(&add(contract, 1)).unwrap()), 1);
    for _ in 0..100 {
        busy.call(&add(contract, 1)).unwrap();
    }
    assert_eq!(result(&kept.dry_run(&Call::new(contract, "get")).unwrap()), 101);
}

#[test]
fn only_pages_that_others_changed_are_read_again() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]);
    for page in 0..3 {
        kept.call(&put(page, 10 + i64::from(page))).unwrap();
    }
    busy.call(&put(1, 99)).unwrap();
    let values: Vec<i64> = (0..3).map(|page| result(&kept.dry_run(&at(page)).unwrap())).collect();
    assert_eq!(values, [10, 99, 12]);
    let frames = kept.shared.pool.take(contract, PagerKind::Soft).unwrap().region.present_pages();
    assert_eq!(frames, 3);
}

#[test]
fn a_commit_that_the_store_refuses_leaves_nothing() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy(&vm, COUNTER, 0);
    vm.call(&add(contract, 1)).unwrap();
    faulty.fail_operation(0);
    vm.call(&add(contract, 1)).unwrap();
    let operations = faulty.operations();
    assert!(operations > 3);
    for failing in 1..=operations {
        faulty.fail_operation(failing);
        let outcome = vm.call(&add(contract, 1));
        let halted = outcome.as_ref().is_ok_and(|receipt| halt_kind(receipt) == Some(HaltKind::Store));
        assert!(outcome.is_err() || halted, "operation {failing}: {outcome:?}");
        faulty.fail_operation(0);
        assert_eq!(stored(&vm, contract), 2, "operation {failing}");
        assert_eq!(result(&vm.dry_run(&Call::new(contract, "get")).unwrap()), 2, "operation {failing}");
    }
    assert_eq!(result(&vm.call(&add(contract, 1)).unwrap()), 3);
}

#[test]
fn a_store_that_fails_in_the_middle_of_a_fault_halts_the_call() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy(&vm, COUNTER, 0);
    vm.call(&add(contract, 1)).unwrap();
    let fresh = vm_on(faulty.clone());
    let counted = vm_on(faulty.clone());
    faulty.fail_operation(0);
    counted.dry_run(&Call::new(contract, "get")).unwrap();
    let operations = faulty.operations();
    let kinds: Vec<_> = (1..=operations)
        .map(|failing| {
            let vm = vm_on(faulty.clone());
            faulty.fail_operation(failing);
            vm.dry_run(&Call::new(contract, "get")).map(|receipt| halt_kind(&receipt))
        })
        .collect();
    assert!(kinds.iter().any(|kind| matches!(kind, Ok(Some(HaltKind::Store)))), "{kinds:?}");
    assert!(kinds.iter().all(|kind| !matches!(kind, Ok(None))), "{kinds:?}");
    assert_eq!(result(&fresh.dry_run(&Call::new(contract, "get")).unwrap()), 1);
}

#[test]
fn a_resident_contract_sees_what_others_wrote_and_cleared() {
    let store = MemoryStore::new();
    let (kept, busy) = (vm_on(store.clone()), vm_on(store));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]).pager(PagerKind::Resident);
    let seen = || (0..5).map(|page| result(&kept.dry_run(&at(page)).unwrap())).collect::<Vec<_>>();
    busy.call(&put(0, 10)).unwrap();
    busy.call(&put(1, 11)).unwrap();
    assert_eq!(seen(), [10, 11, 0, 0, 0]);
    busy.call(&put(1, 0)).unwrap();
    busy.call(&put(3, 13)).unwrap();
    assert_eq!(seen(), [10, 0, 0, 13, 0], "one page was cleared, one is new");
    kept.call(&put(4, 14).pager(PagerKind::Resident)).unwrap();
    for value in 0..100 {
        busy.call(&put(2, value)).unwrap();
    }
    assert_eq!(seen(), [10, 0, 99, 13, 14], "too far behind to follow the diffs");
}

#[test]
fn a_store_that_fails_while_a_resident_contract_is_brought_in_leaves_no_page_out() {
    let faulty = FaultyStore::new(MemoryStore::new());
    let (kept, busy) = (vm_on(faulty.clone()), vm_on(faulty.clone()));
    let contract = deploy(&kept, COUNTER, 0);
    let put = |page: i32, value| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(value)]);
    let at = |page: i32| Call::new(contract, "at").args([Value::I32(page * 4096)]).pager(PagerKind::Resident);
    busy.call(&put(0, 1)).unwrap();
    kept.dry_run(&at(0)).unwrap();
    let mut value = 1;
    for failing in 1.. {
        value += 1;
        for page in 0..3 {
            busy.call(&put(page, value)).unwrap();
        }
        faulty.fail_operation(failing);
        let failed = kept.dry_run(&at(0)).is_err();
        faulty.fail_operation(0);
        let seen: Vec<i64> = (0..3).map(|page| result(&kept.dry_run(&at(page)).unwrap())).collect();
        assert_eq!(seen, [value; 3], "operation {failing}");
        if !failed {
            assert!(failing > 5, "only {failing} operations");
            break;
        }
    }
}

#[test]
fn a_contract_larger_than_the_budget_cannot_be_resident() {
    let budget = PageCount(3);
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).frame_budget(budget).build().unwrap();
    let contract = deploy(&vm, COUNTER, 0);
    let put = |page: i32| Call::new(contract, "put").args([Value::I32(page * 4096), Value::I64(1)]);
    for page in 0..3 {
        vm.call(&put(page).pager(PagerKind::Resident)).unwrap();
    }
    // A call may go over it; the frames are then not kept.
    assert_eq!(vm.call(&put(3).pager(PagerKind::Resident)).unwrap().status, Status::Returned);
    let error = vm.dry_run(&put(0).pager(PagerKind::Resident)).unwrap_err();
    assert!(matches!(error, Error::FrameBudget { needed: PageCount(4), .. }), "{error}");
    assert!(error.to_string().contains("4 pages, more than the budget of 3 frames"), "{error}");
    assert_eq!(vm.call(&put(0)).unwrap().status, Status::Returned, "soft is not concerned");
}

#[test]
fn a_thousand_contracts_stay_within_the_budget() {
    let budget = PageCount(20);
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).frame_budget(budget).build().unwrap();
    let contracts: Vec<Address> = (0..1_000).map(|nonce| deploy(&vm, COUNTER, nonce)).collect();
    for (number, contract) in contracts.iter().enumerate() {
        for pager in [PagerKind::Soft, PagerKind::Resident] {
            vm.call(&add(*contract, number as i64).pager(pager)).unwrap();
            assert!(vm.shared.pool.kept_frames() <= u64::from(budget.0));
        }
    }
    let kept = |number: usize, pager| vm.shared.pool.take(contracts[number], pager).is_some();
    assert!(kept(999, PagerKind::Soft) && kept(999, PagerKind::Resident) && kept(990, PagerKind::Soft));
    assert!(!kept(0, PagerKind::Soft) && !kept(989, PagerKind::Resident), "unused for longest");
    assert_eq!(result(&vm.dry_run(&Call::new(contracts[3], "get")).unwrap()), 6);
}

#[test]
fn a_pager_says_what_it_knows_of_reads_and_writes() {
    let (vm, contract) = vm_with(COUNTER);
    let put = Call::new(contract, "put").args([Value::I32(4092), Value::I64(-1)]);
    let soft = vm.call(&put).unwrap().contracts[0].clone();
    assert_eq!((soft.pages_read, soft.pages_written, soft.pages_changed), (Some(0), Some(2), 2));
    let eager = vm.call(&put.clone().pager(PagerKind::Eager)).unwrap().contracts[0].clone();
    assert_eq!((eager.pages_read, eager.pages_written, eager.pages_changed), (None, None, 0), "written, but equal");
    let resident = vm.call(&put.pager(PagerKind::Resident)).unwrap().contracts[0].clone();
    assert_eq!((resident.pages_read, resident.pages_written, resident.pages_changed), (None, Some(2), 0));
    assert_eq!(eager.version, soft.version);
}

#[test]
fn writing_zeros_is_the_same_as_never_having_written() {
    let (vm, contract) = vm_with(COUNTER);
    let put = |value| Call::new(contract, "put").args([Value::I32(8192), Value::I64(value)]);
    vm.call(&put(1)).unwrap();
    let receipt = vm.call(&put(0)).unwrap();
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
                    let value = result(&vm.dry_run(&Call::new(contract, "get")).unwrap());
                    assert!(value >= last, "{value} after {last}");
                    last = value;
                }
            });
        }
        scope.spawn(move || (0..100).for_each(|_| assert!(vm.call(&add(contract, 1)).unwrap().commit.is_some())));
    });
    assert_eq!(stored(vm, contract), 100);
}

#[test]
fn more_contracts_than_are_kept_all_work() {
    let vm = vm_on(MemoryStore::new());
    let contracts: Vec<Address> = (0..300).map(|nonce| deploy(&vm, COUNTER, nonce)).collect();
    for round in 1..3 {
        for contract in &contracts {
            assert_eq!(result(&vm.call(&add(*contract, 1)).unwrap()), round);
        }
    }
}
