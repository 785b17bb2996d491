//! Stack and statics are never in storage.

use vellum::receipt::Value;

use super::support::{KINDS, Kind, Program, assert_trapped, pages_changed, result};

#[test]
fn a_deep_recursion_changes_no_page() {
    for Kind { name, write, .. } in KINDS {
        let program = Program::deploy(name);
        program.run(write.0, write.1);
        let receipt = program.commit(&program.call("recurse", &[Value::I64(100)]));
        assert!(result(&receipt) > 0);
        assert_eq!(pages_changed(&receipt), 0, "{name}");
    }
}

/// Each recursion takes 512 bytes of stack, of which the compilers give a program at most 1 MiB. (The program in
/// AssemblyScript has no stack in memory.)
#[test]
fn a_stack_that_overflows_halts_the_call_and_never_reaches_storage() {
    for name in ["collections", "table", "ring"] {
        let program = Program::deploy(name);
        assert_trapped(&program.commit(&program.call("recurse", &[Value::I64(10_000)])));
    }
}

/// A node of the map that is split tells all its children, which may lie on a page each.
#[test]
fn a_call_that_adds_little_changes_few_pages() {
    for (name, write, most) in [("collections", "insert", 20), ("table", "put", 5)] {
        let program = Program::deploy(name);
        let mut pages = 0;
        for key in 0..2_000_u64 {
            let key = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
            let call = program.call(write, &[key as i64, 1].map(Value::I64));
            let receipt = program.vm.run(&call).commit().unwrap();
            assert!((1..=most).contains(&pages_changed(&receipt)), "{name}: {receipt:?}");
            pages += pages_changed(&receipt);
        }
        assert!(pages < 2_000 * 3, "{name}: {pages} pages in all");
    }
}
