//! Custom functions that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

/// Writes to storage and to a global, calls the function, and returns the sum of both.
const CODE: &str = r#"(module
  (import "storage" "memory" (memory $s 1))
  (import "own" "f" (func $f (param i32)))
  (memory (export "memory") 1)
  (global $count (mut i64) (i64.const 0))
  (func (export "run") (result i64)
    (i64.store $s (i32.const 0) (i64.add (i64.load $s (i32.const 0)) (i64.const 1)))
    (global.set $count (i64.add (global.get $count) (i64.const 1)))
    (call $f (i32.const 0))
    (i64.add (global.get $count) (i64.load $s (i32.const 0)))))"#;

#[test]
fn a_panic_unwinds_out_of_the_run_and_leaves_the_store_and_the_vm_unchanged() {
    for pager in PagerKind::available() {
        let function = |call: &mut HostCall<'_>, _: i32| -> Result<(), Refusal> {
            call.storage_write(PageIndex(1), 0, b"written")?;
            call.memory_write(0, b"written")?;
            assert_ne!(call.value(), 13, "no luck");
            Ok(())
        };
        let (vm, contract) = vm_importing(1, function, CODE);
        let caller = deploy(&vm, actor::ACTOR, 0);
        vm.fund(&Address::ZERO, 100).unwrap();
        let direct = Call::new(contract, "run").pager(pager);
        assert_eq!(result(&vm.run(&direct).commit().unwrap()), 2);
        let moment = vm.now().unwrap().moment().unwrap();

        let unlucky = direct.clone().value(13);
        for _ in 0..3 {
            catch_unwind(AssertUnwindSafe(|| vm.run(&unlucky).commit())).unwrap_err();
            catch_unwind(AssertUnwindSafe(|| vm.run(&unlucky).trace(Detail::Counts).dry())).unwrap_err();
            let block = [direct.clone(), unlucky.clone()];
            catch_unwind(AssertUnwindSafe(|| vm.execute_block(1, 0, &block))).unwrap_err();
        }
        assert_eq!((vm.now().unwrap().moment().unwrap(), stored(&vm, contract)), (moment, 1), "{pager}");
        let idle = vm.idle();
        assert_eq!((idle.regions, idle.bytes), (idle.kept_regions, idle.kept_bytes), "{pager}: a region was lost");

        // No machine or region of the panic is used again: globals and storage have their committed values.
        let input = actor::script(&[contract], &["+", "c", "0", ""]);
        let nested = vm.run(&Call::new(caller, "run").input(input).pager(pager)).commit().unwrap();
        assert_eq!((result(&nested), stored(&vm, contract)), (1, 2), "{pager}");
        assert_eq!(result(&vm.run(&direct).commit().unwrap()), 4, "{pager}");
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn a_panic_in_a_nested_call_undoes_the_whole_transaction() {
    for pager in PagerKind::available() {
        let function =
            |call: &mut HostCall<'_>, _: i32| assert_eq!(call.caller(), Address::ZERO, "called by a contract");
        let (vm, contract) = vm_importing(1, function, CODE);
        let caller = deploy(&vm, actor::ACTOR, 0);
        let input = actor::script(&[contract, caller], &["+s", "c", "1", "+s", "c", "0", ""]);
        let nested = Call::new(caller, "run").input(input).pager(pager);
        for _ in 0..3 {
            catch_unwind(AssertUnwindSafe(|| vm.run(&nested).commit())).unwrap_err();
        }
        assert_eq!([stored(&vm, caller), stored(&vm, contract)], [0, 0], "{pager}");
        let idle = vm.idle();
        assert_eq!((idle.regions, idle.bytes), (idle.kept_regions, idle.kept_bytes), "{pager}");
        assert_eq!(result(&vm.run(&Call::new(contract, "run").pager(pager)).commit().unwrap()), 2);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn a_panic_that_a_custom_function_catches_still_ends_the_transaction() {
    for pager in PagerKind::available() {
        let function = |call: &mut HostCall<'_>, _: i32| {
            if call.caller() != Address::ZERO {
                panic!("in a nested call");
            }
            let myself = call.self_address();
            let panicked = catch_unwind(AssertUnwindSafe(|| call.call(myself, "run", &[], 0, Gas(0)).map(drop)));
            assert!(panicked.is_err());
        };
        let (vm, contract) = vm_importing(1, function, CODE);
        let before = vm.now().unwrap().moment().unwrap();
        for _ in 0..3 {
            let error = vm.run(&Call::new(contract, "run").pager(pager)).commit().unwrap_err();
            let expected =
                "while running a nested call: a host function panicked, so that nothing of the transaction can be kept";
            assert_eq!(error.to_string(), expected, "{pager}");
        }
        assert_eq!((vm.now().unwrap().moment().unwrap(), stored(&vm, contract)), (before, 0), "{pager}");
        let idle = vm.idle();
        assert_eq!((idle.regions, idle.bytes), (idle.kept_regions, idle.kept_bytes), "{pager}");
    }
}
