//! Failures of the store while wasm runs.

use super::*;
use crate::store::FaultyStore;

const PAGES: u32 = 12;

/// Fails each operation of the store in turn during a call that replaces the last value. The failure must end the call, unless
/// the call did not need the operation. The next call must be right. `expected` gives the result of a call after a value.
fn fail_each_operation(pager: PagerKind, call_with: impl Fn(Address, i64) -> Call, expected: impl Fn(i64) -> i64) {
    let faulty = FaultyStore::new(MemoryStore::new());
    let vm = vm_on(faulty.clone());
    let contract = deploy_with(&vm, SWEEP, 0, 64);
    let other = deploy_with(&vm, SWEEP, 1, 64);
    // Installs the handlers of all pagers.
    let _ = agreed(&vm, &sweep(other, 0, PAGES, 1, 0));
    let mut value = 1;
    let _ = vm.run(&call_with(contract, value)).commit().unwrap();
    let (mut failures, mut halts) = (0, 0);
    for failing in 1.. {
        let before = vm.now().unwrap().account(&contract).unwrap();
        faulty.fail_operation(failing);
        let outcome = vm.run(&call_with(contract, value + 1).pager(pager)).commit();
        let reached = faulty.operations() >= failing;
        faulty.fail_operation(0);
        match outcome {
            Ok(receipt) if receipt.status == Status::Returned => {
                assert_eq!(result(&receipt), expected(value), "{pager}: operation {failing}");
                value += 1;
            }
            Ok(receipt) => {
                assert_eq!(halt_kind(&receipt), Some(HaltKind::Store), "{pager}: operation {failing}: {receipt:?}");
                (failures, halts) = (failures + 1, halts + 1);
                assert_eq!(vm.now().unwrap().account(&contract).unwrap(), before);
            }
            Err(_) => {
                failures += 1;
                assert_eq!(vm.now().unwrap().account(&contract).unwrap(), before);
            }
        }
        let next = vm.run(&call_with(contract, 77).pager(pager)).dry().unwrap();
        assert_eq!(
            (next.status.clone(), result(&next)),
            (Status::Returned, expected(value)),
            "{pager}: after {failing}"
        );
        if !reached {
            break;
        }
    }
    assert!(failures > 5, "{pager}: {failures} failures");
    let takes_faults = matches!(pager, PagerKind::Sigsegv | PagerKind::Uffd);
    assert!(halts > 0 || !takes_faults, "{pager}: no failure occurred while wasm ran");
    assert_eq!(vm.store().check().unwrap().problems, []);
}

#[test]
fn a_store_failure_in_a_fault_halts_the_call_without_other_effects() {
    for pager in PagerKind::available() {
        let call = |contract, value| sweep(contract, 0, PAGES, 1, value);
        fail_each_operation(pager, call, |value| value * i64::from(PAGES));
    }
}

#[test]
fn a_store_failure_in_a_bulk_instruction_halts_the_call_without_other_effects() {
    for pager in PagerKind::available() {
        let call = |contract, value| {
            let args = [Value::I32(1), Value::I32(PAGES as i32), Value::I64(value)];
            Call::new(contract, "copy_out_and_fill").args(args).gas(Gas(1 << 40))
        };
        fail_each_operation(pager, call, |value| value);
    }
}
