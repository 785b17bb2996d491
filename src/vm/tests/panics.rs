//! `vellum.panic`: a contract says why it cannot go on.

use super::*;
use crate::limits::MAX_PANIC_BYTES;

/// Writes to storage and panics with its input, or with what its arguments point at.
const PANICKER: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "panic" (func $panic (param i32 i32)))
  (memory $own (export "memory") 1)
  (func (export "say")
    (i64.store $storage (i32.const 0) (i64.const 9))
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (call $panic (i32.const 0) (call $input_len))
    (loop (br 0)))
  (func (export "at") (param i32 i32) (call $panic (local.get 0) (local.get 1))))"#;

#[test]
fn a_panic_halts_its_call_as_a_trap_with_the_text_as_its_message() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_with(PANICKER);
        let call = Call::new(contract, "say").input("größe \u{1b}[2J\n").gas(Gas(500_000)).pager(pager);
        let receipt = vm.run(&call).commit().unwrap();
        let halt = receipt.status.halt().unwrap();
        assert_eq!((halt.kind, &*halt.message), (HaltKind::Trap, "größe \u{1b}[2J\n"), "{pager}");
        assert_eq!((receipt.gas_used, receipt.commit, stored(&vm, contract)), (Gas(500_000), None, 0));
        let said = receipt.into_result().unwrap_err().to_string();
        assert_eq!(said, r"the call halted, trap: größe \u{1b}[2J\n", "a terminal obeys nothing of it");
    }
}

#[test]
fn the_first_256_bytes_are_kept_whole_characters_of_them() {
    let (vm, contract) = vm_with(PANICKER);
    let message = |text: &[u8]| {
        let receipt = vm.run(&Call::new(contract, "say").input(text)).dry().unwrap();
        receipt.status.halt().unwrap().message.clone()
    };
    let long = |start: usize, end: &str| ["a".repeat(start), end.to_owned(), "b".repeat(1_000)].concat();
    assert_eq!(MAX_PANIC_BYTES, 256);
    assert_eq!(message(b""), "");
    assert_eq!(message("a".repeat(256).as_bytes()), "a".repeat(256));
    assert_eq!(message(long(256, "").as_bytes()), "a".repeat(256));
    assert_eq!(message(long(254, "é").as_bytes()), "a".repeat(254) + "é");
    for (start, end) in [(255, "é"), (254, "漢"), (255, "漢"), (253, "🦀"), (255, "🦀")] {
        assert_eq!(message(long(start, end).as_bytes()), "a".repeat(start), "{end} at {start}");
    }
    // What is no UTF-8 by itself is replaced, as in logs: one that is not cut off, too.
    assert_eq!(message(b"a\xffb\xc3"), "a\u{fffd}b\u{fffd}");
    let broken = [&[b'a'; 255][..], b"\xffb"].concat();
    assert_eq!(message(&broken), "a".repeat(255) + "\u{fffd}");
}

#[test]
fn a_panic_from_outside_of_memory_is_refused() {
    let (vm, contract) = vm_with(PANICKER);
    let panic = |start: u32, length: u32| {
        let call = Call::new(contract, "at").args([Value::I32(start as i32), Value::I32(length as i32)]);
        let halt = vm.run(&call).dry().unwrap().status.halt().unwrap().clone();
        (halt.kind, halt.message)
    };
    for (start, length) in [(65_536, 1), (65_535, 2), (65_537, 0), (u32::MAX, 1), (0, 65_537), (1, u32::MAX)] {
        let (kind, message) = panic(start, length);
        assert_eq!(kind, HaltKind::Vmcall, "{message}");
        assert!(message.starts_with(&format!("vellum.panic: {length} bytes at {start} are not within")), "{message}");
    }
    assert_eq!(panic(65_536, 0), (HaltKind::Trap, String::new()));
    assert_eq!(panic(65_535, 1), (HaltKind::Trap, "\0".to_owned()));
    assert_eq!(panic(0, 65_536).1, "\0".repeat(256));
}

#[test]
fn a_callee_that_panics_has_used_all_it_was_given_and_its_caller_goes_on() {
    for pager in PagerKind::available() {
        let (vm, contracts) = actor::actors(1);
        let panicker = deploy(&vm, &PANICKER.replace("\"say\"", "\"run\""), 7);
        let input = actor::script(&[contracts[0], panicker], &["+", "c", "1", "no more"]);
        let call = Call::new(contracts[0], "run").input(input).pager(pager);
        let (receipt, trace) = vm.run(&call).trace(Detail::Calls).commit().unwrap();
        assert_eq!(receipt.results, [Value::I64(1 + 2_000)], "{pager}");
        assert_eq!((stored(&vm, contracts[0]), stored(&vm, panicker)), (1, 0), "{pager}");
        let inner = &trace.calls[1];
        let halt = inner.status.halt().unwrap();
        assert_eq!((halt.kind, &*halt.message), (HaltKind::Trap, "no more"));
        assert_eq!((inner.gas_used, inner.output.len()), (inner.gas_given, 0));
    }
}
