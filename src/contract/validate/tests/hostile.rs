//! Hostile modules are refused quickly and without a panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use wasm_encoder::Encode;
use wasmparser::Validator;

use crate::contract::prepare::prepare;
use crate::contract::validate::PREPARED_FEATURES;
use crate::contract::{Checks, Imports, to_binary, validate};
use crate::limits;

/// A module of raw sections.
fn module(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    for (id, contents) in sections {
        wasm.push(*id);
        contents.as_slice().encode(&mut wasm);
    }
    wasm
}

fn number(value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const TABLE: u8 = 4;
const MEMORY: u8 = 5;
const EXPORT: u8 = 7;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// A module with one function of type () -> (). `body` includes the locals, but not the length.
fn one_function(body: &[u8]) -> Vec<u8> {
    let mut code = number(1);
    body.encode(&mut code);
    module(&[(TYPE, vec![1, 0x60, 0, 0]), (FUNCTION, vec![1, 0]), (CODE, code)])
}

#[test]
fn hostile_modules_are_refused_at_once() {
    let large = limits::MAX_MODULE_BYTES - 100;
    let full_function = limits::MAX_FUNCTION_BYTES - 20;
    let huge_locals: Vec<u8> =
        [number(50_000), [[0xff, 0xff, 0xff, 0xff, 0x0f, 0x7e]; 50_000].concat(), vec![0x0b]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing after the header", b"\0asm\x01\0\0\0".to_vec()),
        ("a million functions", module(&[(FUNCTION, [number(1_000_000), vec![0; 1_000_000]].concat())])),
        ("four billion functions", module(&[(FUNCTION, number(u32::MAX))])),
        ("four billion types", module(&[(TYPE, number(u32::MAX))])),
        ("four billion imports", module(&[(IMPORT, number(u32::MAX))])),
        ("four billion exports", module(&[(EXPORT, number(u32::MAX))])),
        ("four billion bodies", module(&[(CODE, number(u32::MAX))])),
        ("four billion segments", module(&[(DATA, number(u32::MAX))])),
        ("a segment of four billion bytes", module(&[(DATA, [number(1), vec![1], number(u32::MAX)].concat())])),
        ("a section longer than the module", [&b"\0asm\x01\0\0\0\x01"[..], &number(u32::MAX)].concat()),
        ("a type of four billion parameters", module(&[(TYPE, [vec![1, 0x60], number(u32::MAX)].concat())])),
        ("a huge memory", module(&[(MEMORY, [vec![1, 0], number(65_536)].concat())])),
        ("a memory beyond 4 GiB", module(&[(MEMORY, [vec![1, 0], number(u32::MAX)].concat())])),
        ("a huge table", module(&[(TABLE, [vec![1, 0x70, 0], number(u32::MAX)].concat())])),
        ("deep nesting", one_function(&[vec![0], [0x02, 0x40].repeat(full_function / 2)].concat())),
        ("four billion locals", one_function(&[vec![1], number(u32::MAX), vec![0x7e, 0x0b]].concat())),
        ("locals that overflow", one_function(&huge_locals)),
        ("four billion locals' declarations", one_function(&number(u32::MAX))),
        ("many operands", one_function(&[vec![0], [0x41, 0x00].repeat(full_function / 2)].concat())),
        ("four billion branch targets", one_function(&[vec![0, 0x41, 0, 0x0e], number(u32::MAX)].concat())),
        ("a function without an end", one_function(&vec![0; full_function])),
        ("only custom sections", module(&vec![(0, vec![1, b'x']); large / 4])),
        ("an unknown section", module(&[(99, vec![0; 10])])),
        ("sections out of order", module(&[(CODE, vec![0]), (TYPE, vec![0])])),
        ("zeros", [b"\0asm\x01\0\0\0".to_vec(), vec![0; large]].concat()),
        ("ones", [b"\0asm\x01\0\0\0".to_vec(), vec![0xff; large]].concat()),
        ("another version", b"\0asm\x02\0\0\0".to_vec()),
    ];
    for (name, wasm) in cases {
        let start = Instant::now();
        let result = validate(&wasm, &Imports::default());
        assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
        if ["nothing after the header", "only custom sections"].contains(&name) {
            assert!(result.is_ok(), "{name}");
        } else {
            assert!(result.is_err(), "{name} was accepted");
        }
    }
}

#[test]
fn the_largest_contracts_are_prepared_within_seconds() {
    let many_functions = |count: u32, body: Vec<u8>| {
        let mut code = number(count);
        for _ in 0..count {
            body.as_slice().encode(&mut code);
        }
        let functions = [number(count), vec![0; count as usize]].concat();
        let storage = [&[1, 7][..], b"storage", &[6], b"memory", &[2, 0, 1]].concat();
        module(&[(TYPE, vec![1, 0x60, 0, 0]), (IMPORT, storage), (FUNCTION, functions), (CODE, code)])
    };
    let repeated = |code: &[u8], size: usize| [&[0], &code.repeat(size / code.len())[..], &[0x0b]].concat();
    let full = limits::MAX_FUNCTION_BYTES - 10;
    let cases = [
        ("arithmetic", many_functions(8, repeated(&[0x41, 0, 0x41, 0, 0x6a, 0x1a], full))),
        ("dead code", many_functions(15, repeated(&[0x00], full))),
        ("jumps", many_functions(15, repeated(&[0x0c, 0], full))),
        ("loads", many_functions(300, repeated(&[0x41, 0, 0x28, 0, 0, 0x1a], 400))),
        ("small functions", many_functions(9_999, repeated(&[0x01], 300))),
    ];
    for (name, wasm) in cases {
        let start = Instant::now();
        prepare(&wasm, &Imports::default(), Checks::All).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(start.elapsed() < Duration::from_secs(10), "{name} took {:?}", start.elapsed());
    }
}

#[test]
fn hostile_text_is_refused_at_once() {
    let repeated = |text: &str| text.repeat((limits::MAX_MODULE_BYTES - 100) / text.len());
    let cases = [
        repeated("("),
        format!("(module (func {}", repeated("(block ")),
        format!("(module (func {}", repeated("(i32.add ")),
        format!("(module (func {}", repeated("block ")),
        format!("(module {}", repeated("(rec ")),
        format!("(; {}", repeated("(;")),
        format!("(module \"{}", repeated("\\")),
    ];
    for text in cases {
        let start = Instant::now();
        let result = to_binary(text.as_bytes()).and_then(|wasm| validate(&wasm, &Imports::default()));
        assert!(result.is_err());
        assert!(start.elapsed() < Duration::from_secs(5), "{} took {:?}", &text[..30], start.elapsed());
    }
}

fn valid() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "storage" "memory" (memory $s 1))
            (import "vellum" "gas_left" (func $gas (result i64)))
            (memory $o (export "memory") 1)
            (table $t 2 funcref) (elem (table $t) (i32.const 0) func $run $gas)
            (global $g (mut i32) (i32.const 1))
            (data $d "abc") (data (memory $o) (i32.const 4) "def")
            (func $run (export "run") (param i32) (result i64) (local v128 f64)
              (memory.copy $s $o (i32.const 0) (i32.const 0) (i32.const 3))
              (block (loop (br_if 1 (local.get 0)) (br_table 0 1 2 (i64.load $s (local.get 0)) (local.get 0))))
              (local.set 1 (v128.load $s (local.get 0)))
              (i64.store $s offset=4 (i32.const 0) (i64.const 7))
              (return (call $gas)))
            (func (result i64) (call_indirect (result i64) (i32.const 1))))"#,
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that every accepted module has a valid prepared module.
fn check(wasm: &[u8]) -> Result<(), TestCaseError> {
    for checks in [Checks::None, Checks::All] {
        let accepted = validate(wasm, &Imports::default());
        match prepare(wasm, &Imports::default(), checks) {
            Ok(prepared) => {
                prop_assert_eq!(accepted, Ok(prepared.metadata));
                let valid = Validator::new_with_features(PREPARED_FEATURES).validate_all(&prepared.wasm);
                prop_assert!(valid.is_ok(), "{:?}", valid.err());
            }
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                prop_assert_eq!(accepted, Err(error));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused_or_valid(bytes in proptest::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        let wasm = if header { [b"\0asm\x01\0\0\0", &bytes[..]].concat() } else { bytes };
        check(&wasm)?;
        prop_assert!(!header || to_binary(&wasm).is_ok());
    }

    #[test]
    fn damaged_contracts_are_refused_or_valid(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut wasm = valid();
        for (place, byte) in changes {
            let place = place.index(wasm.len());
            wasm[place] = byte;
        }
        if let Some(cut) = cut {
            wasm.truncate(cut.index(wasm.len()));
        }
        check(&wasm)?;
    }
}
