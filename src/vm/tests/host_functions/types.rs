//! The type of an import follows from the type of its closure.

use super::*;

/// Functions of zero to eight parameters, whose results show each parameter in its place.
#[test]
fn parameters_of_every_count_are_passed_in_order() {
    type This<'a, 'b> = &'a mut HostCall<'b>;
    let vm = Vm::builder(MemoryStore::new())
        .import("own", "0", Gas(1), |_: This<'_, '_>| 9_i64)
        .import("own", "1", Gas(1), |_: This<'_, '_>, a: i64| a)
        .import("own", "2", Gas(1), |_: This<'_, '_>, a: i32, b: i64| i64::from(a) * 10 + b)
        .import("own", "3", Gas(1), |_: This<'_, '_>, a: i64, b: i32, c: i64| a * 100 + i64::from(b) * 10 + c)
        .import("own", "4", Gas(1), |_: This<'_, '_>, a: i64, b: i64, c: i64, d: i64| digits(&[a, b, c, d]))
        .import("own", "5", Gas(1), |_: This<'_, '_>, a: i64, b: i64, c: i64, d: i64, e: i64| digits(&[a, b, c, d, e]))
        .import("own", "6", Gas(1), |_: This<'_, '_>, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64| {
            digits(&[a, b, c, d, e, f])
        })
        .import("own", "7", Gas(1), |_: This<'_, '_>, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64| {
            digits(&[a, b, c, d, e, f, g])
        })
        .import(
            "own",
            "8",
            Gas(1),
            |_: This<'_, '_>, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i32| {
                digits(&[a, b, c, d, e, f, g, h.into()])
            },
        )
        .build()
        .unwrap();
    let expected = [9, 1, 12, 123, 1234, 12_345, 123_456, 1_234_567, 12_345_678];
    for (count, expected) in expected.into_iter().enumerate() {
        let types = |index: usize| match (count, index) {
            (2, 1) | (3, 2) | (8, 8) => "i32",
            _ => "i64",
        };
        let params: String = (1..=count).map(|index| format!(" {}", types(index))).collect();
        let arguments: String = (1..=count).map(|index| format!("({}.const {index})", types(index))).collect();
        let code = format!(
            r#"(module (import "own" "{count}" (func $f (param{params}) (result i64)))
              (func (export "run") (result i64) (call $f {arguments})))"#
        );
        let contract = deploy(&vm, &code, 0);
        assert_eq!(result(&vm.run(&Call::new(contract, "run")).dry().unwrap()), expected, "{count} parameters");
    }
}

fn digits(numbers: &[i64]) -> i64 {
    numbers.iter().fold(0, |sum, number| sum * 10 + number)
}

#[test]
fn unsigned_parameters_have_the_same_bits() {
    let code = r#"(module (import "own" "f" (func $f (param i32 i64) (result i32)))
      (func (export "run") (result i32) (call $f (i32.const -1) (i64.const -2))))"#;
    let function = |_: &mut HostCall<'_>, a: u32, b: u64| {
        assert_eq!((a, b), (u32::MAX, u64::MAX - 1));
        a - 1
    };
    let (vm, contract) = vm_importing(1, function, code);
    assert_eq!(vm.run(&Call::new(contract, "run")).dry().unwrap().results, [Value::I32(-2)]);
}

#[test]
fn a_refusal_halts_the_call_and_names_the_function() {
    let code = r#"(module (import "own" "f" (func $f (param i32)))
      (import "storage" "memory" (memory 1))
      (func (export "run") (param i32)
        (i64.store (i32.const 0) (i64.const 1))
        (call $f (local.get 0))))"#;
    let even = |_: &mut HostCall<'_>, number: i32| match number % 2 {
        0 => Ok(()),
        _ => Err(Refusal::new(format!("{number} is not even"))),
    };
    let (vm, contract) = vm_importing(1, even, code);
    let run = |number| vm.run(&Call::new(contract, "run").args([Value::I32(number)])).commit().unwrap();
    let refused = run(3);
    assert_eq!(halted(&refused), (HaltKind::Vmcall, "own.f: 3 is not even"));
    assert_eq!((refused.commit, stored(&vm, contract)), (None, 0));
    assert_eq!((run(4).status, stored(&vm, contract)), (Status::Returned, 1));
}
