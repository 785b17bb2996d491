//! A machine is restored before the next call.

use super::*;
use crate::units::Gas;

/// Calls `probe` several times, with a call of `disturb` after each. Every result must be that of a new instance.
fn check_restored(code: &str) {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(code);
        let probe = Call::new(contract, "probe").pager(pager);
        let first = vm.run(&probe).commit().unwrap();
        assert_eq!(first.status, Status::Returned, "{first:?}");
        for _ in 0..3 {
            assert_eq!(result(&vm.run(&probe).commit().unwrap()), result(&first), "{pager}");
            let disturbed = vm.run(&Call::new(contract, "disturb").pager(pager)).commit().unwrap();
            assert_ne!(halt_kind(&disturbed), Some(HaltKind::Vmcall), "{disturbed:?}");
        }
        assert_eq!(result(&vm.run(&probe).dry().unwrap()), result(&first));
    }
}

#[test]
fn globals_are_restored() {
    check_restored(
        r#"(module (global $g (mut i64) (i64.const 41)) (global $h (mut f64) (f64.const 1.5))
          (func (export "probe") (result i64)
            (global.set $g (i64.add (global.get $g) (i64.const 1)))
            (global.set $h (f64.add (global.get $h) (f64.const 1)))
            (i64.add (global.get $g) (i64.trunc_f64_s (global.get $h))))
          (func (export "disturb") (global.set $g (i64.const 7)) unreachable))"#,
    );
}

#[test]
fn own_memory_is_restored_with_its_data() {
    check_restored(
        r#"(module (memory (export "memory") 2) (data (i32.const 100) "abcdefgh")
          (func (export "probe") (result i64)
            (i64.store (i32.const 131064) (i64.add (i64.load (i32.const 131064)) (i64.const 1)))
            (i64.add (i64.load (i32.const 100)) (i64.load (i32.const 131064))))
          (func (export "disturb") (memory.fill (i32.const 0) (i32.const 255) (i32.const 131072)) unreachable))"#,
    );
}

#[test]
fn own_memory_that_only_the_host_writes_is_restored() {
    check_restored(
        r#"(module (import "vellum" "self_address" (func $self (param i32)))
          (import "vellum" "caller" (func $caller (param i32)))
          (memory (export "memory") 1) (data (i32.const 40) "data")
          (func (export "probe") (result i64)
            (i64.add (i64.load (i32.const 40)) (i64.add (i64.load (i32.const 0)) (i64.load (i32.const 60000)))))
          (func (export "disturb") (call $self (i32.const 30)) (call $caller (i32.const 0)) (call $self (i32.const 60000))))"#,
    );
}

#[test]
fn own_memory_that_grew_has_its_initial_size_again() {
    check_restored(
        r#"(module (memory (export "memory") 1 10)
          (func (export "probe") (result i32) (drop (memory.grow (i32.const 1))) (memory.size))
          (func (export "disturb") (drop (memory.grow (i32.const 5))) (i32.store (i32.const 200000) (i32.const 1))))"#,
    );
}

#[test]
fn large_own_memory_is_restored() {
    check_restored(
        r#"(module (memory (export "memory") 64)
          (func (export "probe") (result i64)
            (i64.store (i32.const 4000000) (i64.add (i64.load (i32.const 4000000)) (i64.const 1)))
            (i64.load (i32.const 4000000)))
          (func (export "disturb") (i64.store (i32.const 4000000) (i64.const 9))))"#,
    );
}

#[test]
fn tables_and_segments_are_restored() {
    check_restored(
        r#"(module (table $t 4 10 funcref) (memory (export "memory") 1)
          (type $f (func (result i32)))
          (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
          (elem (i32.const 0) func $one) (elem declare func $two)
          (data $d "x")
          (func (export "probe") (result i32)
            (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))
            (i32.add (table.size $t) (call_indirect $t (type $f) (i32.const 0))))
          (func (export "disturb")
            (table.set $t (i32.const 0) (ref.func $two)) (drop (table.grow $t (ref.null func) (i32.const 3)))
            (data.drop $d)))"#,
    );
}

#[test]
fn registers_are_zero_at_the_start_of_every_call() {
    check_restored(
        r#"(module (import "svm" "reg_write_be_i64" (func $write (param i64 i32 i32)))
          (import "svm" "reg_read_be_i64" (func $read (param i32 i32) (result i64)))
          (func (export "probe") (result i64) (call $read (i32.const 256) (i32.const 3)))
          (func (export "disturb") (call $write (i64.const -1) (i32.const 256) (i32.const 3))))"#,
    );
}

#[test]
fn own_memory_grows_up_to_the_fixed_limit() {
    let (vm, contract) = vm_with(
        r#"(module (memory (export "memory") 1)
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    for (pages, expected) in [(1023, 1), (1024, -1), (65_535, -1), (-1, -1)] {
        let call = Call::new(contract, "grow").args([Value::I32(pages)]).gas(Gas(1 << 41));
        assert_eq!(result(&vm.run(&call).commit().unwrap()), expected, "{pages} more");
    }
}
