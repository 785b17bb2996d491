//! Windows: copies of ranges of storage in own memory.

use super::actor::word;
use super::*;

/// Maps windows, and changes storage through them and directly.
const WINDOW: &str = r#"(module
  (import "storage" "memory" (memory $s 1))
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (memory $own (export "memory") 4)
  (data (memory $own) (i32.const 0) "addaddfail")
  (func (export "map") (param i32 i32 i32)
    (call $map (local.get 0) (local.get 1) (local.get 2)))
  (func (export "map_two") (param i32 i32 i32 i32 i32 i32)
    (call $map (local.get 0) (local.get 1) (local.get 2))
    (call $map (local.get 3) (local.get 4) (local.get 5)))
  (func (export "add")
    (call $map (i32.const 8192) (i32.const 0) (i32.const 4096))
    (i64.store $own (i32.const 8192) (i64.add (i64.load $own (i32.const 8192)) (i64.const 1))))
  (func (export "addfail")
    (call $map (i32.const 8192) (i32.const 0) (i32.const 4096))
    (i64.store $own (i32.const 8192) (i64.const 99))
    (unreachable))
  ;; A change in a window becomes visible in storage at a call, not before.
  (func (export "meet") (result i64)
    (local $seen i64)
    (call $map (i32.const 4096) (i32.const 0) (i32.const 4096))
    (i64.store $own (i32.const 4096) (i64.const 5))
    (local.set $seen (i64.load $s (i32.const 0)))
    (call $self (i32.const 100))
    (drop (call $call (i32.const 100) (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))
    (i64.add (i64.mul (local.get $seen) (i64.const 10000))
      (i64.add (i64.mul (i64.load $s (i32.const 0)) (i64.const 100)) (i64.load $own (i32.const 4096)))))
  ;; If both have changed a byte, the window wins; other bytes stay.
  (func (export "wins")
    (call $map (i32.const 4096) (i32.const 0) (i32.const 4096))
    (i32.store8 $own (i32.const 4096) (i32.const 1))
    (i32.store8 $s (i32.const 0) (i32.const 2))
    (i32.store8 $s (i32.const 1) (i32.const 3))))"#;

#[test]
fn windows_are_synchronised_only_at_calls_and_at_the_return() {
    for pager in PagerKind::available() {
        let vm = vm_on(MemoryStore::new());
        let contract = deploy(&vm, WINDOW, 0);
        let receipt = vm.run(&Call::new(contract, "meet").pager(pager)).commit().unwrap();
        // The change was not visible before the call. The nested call saw 5 and left 6, in storage and in the window.
        assert_eq!(receipt.results, [Value::I64(606)], "{pager}");
        assert_eq!(word(&vm, contract, 0), 6);
        let _ = vm.run(&Call::new(contract, "add").pager(pager)).commit().unwrap();
        assert_eq!(word(&vm, contract, 0), 7);
        let failed = vm.run(&Call::new(contract, "addfail").pager(pager)).commit().unwrap();
        assert_ne!(failed.status, Status::Returned);
        assert_eq!(word(&vm, contract, 0), 7);
        let _ = vm.run(&Call::new(contract, "wins").pager(pager)).commit().unwrap();
        assert_eq!(word(&vm, contract, 0), 0x0301);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn invalid_windows_are_refused_with_their_ranges() {
    let vm = vm_on(MemoryStore::new());
    let contract = deploy(&vm, WINDOW, 0);
    let halted = |function: &str, arguments: &[u32]| {
        let arguments: Vec<Value> = arguments.iter().map(|argument| Value::I32(*argument as i32)).collect();
        match vm.run(&Call::new(contract, function).args(arguments)).dry().unwrap().status {
            Status::Halted(halt) => (halt.kind, halt.message),
            other => panic!("{other:?}"),
        }
    };
    for (arguments, word) in [
        ([1, 0, 4096], "not whole pages"),
        ([0, 4095, 4096], "not whole pages"),
        ([0, 0, 100], "not whole pages"),
        ([0, 65_536 << 12 >> 1, 1 << 28], "not within the contract's"),
        ([4 << 16, 0, 4096], "not within the contract's memory"),
        ([0xffff_f000, 0, 4096], "not within the contract's memory"),
        ([0, 0xffff_f000, 4096], "not within the contract's"),
    ] {
        let (kind, message) = halted("map", &arguments);
        assert_eq!(kind, HaltKind::Vmcall, "{message}");
        assert!(message.contains("ewasm.storageMap") && message.contains(word), "{arguments:?}: {message}");
    }
    for second in [[4096, 8192, 4096], [16_384, 4096, 4096], [0, 0, 8192], [4096, 4096, 4096]] {
        let (_, message) = halted("map_two", &[[4096, 4096, 4096], second].concat());
        assert!(message.contains("overlaps the window at memory 4096..8192 of storage 4096..8192"), "{message}");
    }
}
