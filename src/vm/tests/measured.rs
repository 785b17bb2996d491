//! The counts and times of traces.

use std::time::{Duration, Instant};

use super::*;
use crate::receipt::Phase;

/// Reads a word with a host call, and writes a word on each of `$times` pages.
const CALLER: &str = r#"(module
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "storage" "memory" (memory $storage 1))
  (memory $own (export "memory") 1)
  (func (export "run") (param $times i32) (result i64)
    (call $log (i32.const 0) (i32.const 4))
    (loop $again
      (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
      (i64.store $storage (i32.mul (local.get $times) (i32.const 4096)) (i64.const 1))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i64.load $own (i32.const 0))))"#;

fn run(contract: Address, times: i32, pager: PagerKind) -> Call {
    Call::new(contract, "run").args([Value::I32(times)]).pager(pager)
}

#[test]
fn a_counted_call_has_the_same_receipt_and_its_host_calls_are_counted() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(CALLER);
        for times in [1, 3, 7] {
            let call = run(contract, times, pager);
            let (plain, traced) = vm.run(&call).trace(Detail::Calls).dry().unwrap();
            let (counted, trace) = vm.run(&call).trace(Detail::Counts).dry().unwrap();
            assert_eq!(counted, plain, "{pager}");
            let expected = [("svm.storage_read_to_mem".to_owned(), times as u64), ("vellum.log".to_owned(), 1)];
            assert_eq!(trace.host_calls, expected.into(), "faults are not host calls under {pager}");
            assert_eq!((traced.host_calls.len(), traced.store), (0, None), "counts are not requested");
            assert_eq!(trace.calls, traced.calls);
            let store = trace.store.unwrap();
            assert_eq!(store.chunks_hashed, times as u64);
            // Three nodes in the page, one of the tree, the state root.
            assert!(store.nodes_hashed >= 5, "{store:?}");
            assert_eq!((store.records_written, store.bytes_written), (0, 0));
        }
        let (committed, _) = vm.run(&run(contract, 7, pager)).trace(Detail::Counts).commit().unwrap();
        assert_eq!(committed.commit.map(|commit| commit.0), Some(1));
        assert_eq!(
            vm.run(&run(contract, 7, pager)).trace(Detail::Counts).dry().unwrap().1.store.unwrap().chunks_hashed,
            0,
            "unchanged"
        );
    }
}

/// A sum that is too large or too small would show that a time is counted twice or not at all.
#[test]
fn the_phases_of_a_timed_call_add_up_to_at_most_its_time() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(CALLER);
        for commit in [false, true] {
            let start = Instant::now();
            let call = run(contract, 7, pager);
            let (_, trace) = if commit {
                vm.run(&call).trace(Detail::Times).commit()
            } else {
                vm.run(&call).trace(Detail::Times).dry()
            }
            .unwrap();
            let whole = start.elapsed();
            let split = trace.split.unwrap();
            let sum: Duration = Phase::ALL.into_iter().map(|phase| split.of(phase)).sum();
            assert!(sum <= whole && sum > whole / 2, "{sum:?} of {whole:?} under {pager}: {split:?}");
            for phase in Phase::ALL {
                let none = phase == Phase::Commit && !commit;
                assert_eq!(split.of(phase).is_zero(), none, "{phase:?} under {pager}: {split:?}");
            }
        }
        assert_eq!(
            vm.run(&run(contract, 7, pager)).trace(Detail::Calls).dry().unwrap().1.split,
            None,
            "times are not requested"
        );
    }
}

#[test]
fn the_trace_of_a_call_after_a_block_does_not_include_the_block() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(CALLER);
        let call = run(contract, 3, pager);
        let frames = || vm.run(&call).trace(Detail::Calls).dry().unwrap().1.frames;
        let _ = vm.run(&call).commit().unwrap();
        let alone = frames();
        let _ = vm.execute_block(1, 0, &[call.clone(), call.clone(), call.clone()]).unwrap();
        assert_eq!(frames()[0].statistics.write_faults, alone[0].statistics.write_faults, "{pager}");
        assert_eq!(frames(), alone, "{pager}");
    }
}
