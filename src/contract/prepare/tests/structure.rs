//! The imports and exports of the prepared module.

use wasmparser::{ExternalKind, Parser, Payload, Validator};

use crate::contract::Imports;
use crate::contract::metadata::{OwnMemory, StorageForm, StorageImport};
use crate::contract::prepare::{Checks, Prepared, prepare};
use crate::contract::validate::PREPARED_FEATURES;
use crate::units::PageCount;

/// A contract with one item of every kind.
pub fn sample() -> Vec<u8> {
    wat::parse_str(
        r#"(module $named
            (import "svm" "storage_read_to_mem" (func $five (param i32 i32 i32 i32 i32)))
            (import "storage" "memory" (memory $s 2 8))
            (import "svm" "storage_read_to_mem" (func $six (param i32 i32 i32 i32 i32 i32)))
            (import "vellum" "gas_left" (func $gas (result i64)))
            (memory $o (export "memory") 3)
            (table $t (export "table") 4 funcref)
            (table $u 1 20000 funcref)
            (global $constant i32 (i32.const 1))
            (global $mutable (mut i64) (i64.const 2))
            (global (mut funcref) (ref.func $five))
            (elem (table $t) (i32.const 1) func $run $six)
            (elem $e func $gas)
            (elem declare func $five)
            (data (memory $o) (i32.const 8) "initial")
            (data $d "passive")
            (export "storage" (memory $s))
            (export "left" (func $gas))
            (func $run (export "run") (param i32 i64) (result i64 i64)
              (call $five (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0))
              (memory.copy $s $o (i32.const 0) (i32.const 0) (local.get 0))
              (memory.copy $o $s (i32.const 0) (i32.const 0) (local.get 0))
              (memory.init $s $d (i32.const 0) (i32.const 0) (i32.const 3))
              (memory.fill $s (i32.const 0) (i32.const 0) (i32.const 3))
              (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
              (i64.store $s offset=8 (i32.const 0) (global.get $mutable))
              (if (local.get 0) (then (return (local.get 1) (i64.const 1))))
              (drop (memory.grow $s (i32.const 1)))
              (i64.load $o (i32.const 8)) (call $gas)))"#,
    )
    .unwrap()
}

fn imports_and_exports(wasm: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.unwrap();
                    imports.push(format!("{} {}", import.module, import.name));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    let kind = if export.kind == ExternalKind::Func { "" } else { "!" };
                    exports.push(format!("{kind}{}", export.name));
                }
            }
            Payload::CustomSection(section) => assert_eq!(section.name(), "metadata.code.branch_hint"),
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn the_metadata_describes_the_contract() {
    let Prepared { metadata, .. } = prepare(&sample(), &Imports::default(), Checks::All).unwrap();
    let exports: Vec<String> = metadata.exports.iter().map(|(name, ty)| format!("{name} {ty}")).collect();
    assert_eq!(exports, ["left () -> (i64)", "run (i32, i64) -> (i64, i64)"]);
    let import = StorageImport { minimum: PageCount(32), maximum: Some(PageCount(128)) };
    assert_eq!(metadata.storage, StorageForm::Memory(import));
    let image = [(8, b"initial".as_slice().into())].into();
    let own = OwnMemory { initial_wasm_pages: 3, exported: true, image };
    assert_eq!(metadata.own_memory, Some(own));
    assert_eq!((metadata.mutable_globals, metadata.tables, metadata.single_use), (2, 2, true));
}

#[test]
fn imports_and_exports_are_the_documented_ones() {
    let paging = ["vellum:paging table", "vellum:paging fault_read", "vellum:paging fault_write"];
    for checks in [Checks::None, Checks::All] {
        let Prepared { wasm, .. } = prepare(&sample(), &Imports::default(), checks).unwrap();
        Validator::new_with_features(PREPARED_FEATURES).validate_all(&wasm).unwrap();
        let (imports, exports) = imports_and_exports(&wasm);
        let mut expected =
            vec!["svm storage_read_to_mem", "storage memory", "svm storage_read_to_mem/6", "vellum gas_left"];
        if checks == Checks::All {
            expected.extend(paging);
        }
        expected.push("vellum:exec call_depth");
        assert_eq!(imports, expected);
        let own = ["!memory", "!table", "!storage", "left", "run"];
        let added = [
            "!vellum:depth",
            "!vellum:global:0",
            "!vellum:global:1",
            "!vellum:table:0",
            "!vellum:table:1",
            "!vellum:memory",
        ];
        let mut expected: Vec<&str> = own.into_iter().chain(added).collect();
        let mut exports: Vec<&str> = exports.iter().map(String::as_str).collect();
        expected.sort_unstable();
        exports.sort_unstable();
        assert_eq!(exports, expected);
    }
}

#[test]
fn only_needed_items_are_imported() {
    let cases = [
        ("(module)", vec![]),
        (r#"(module (import "storage" "memory" (memory 1)) (func (drop (i32.load (i32.const 0)))))"#, {
            vec!["storage memory", "vellum:paging table", "vellum:paging fault_read", "vellum:paging fault_write"]
        }),
        ("(module (func $f (call $f)))", vec!["vellum:exec call_depth"]),
    ];
    for (text, expected) in cases {
        let Prepared { wasm, .. } = prepare(&wat::parse_str(text).unwrap(), &Imports::default(), Checks::All).unwrap();
        assert_eq!(imports_and_exports(&wasm).0, expected, "{text}");
    }
}

#[test]
fn own_memory_and_tables_grow_up_to_the_limits() {
    use super::host::{Host, Variant};
    use wasmtime::Val;
    let wasm = wat::parse_str(
        r#"(module (import "storage" "memory" (memory $s 1)) (memory $o 1) (table $t 1 funcref) (table $small 1 3 funcref)
            (func (export "memory") (param i32) (result i32) (memory.grow $o (local.get 0)))
            (func (export "storage") (param i32) (result i32) (memory.grow $s (local.get 0)))
            (func (export "size") (result i32) (memory.size $s))
            (func (export "table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
            (func (export "small") (param i32) (result i32) (table.grow $small (ref.null func) (local.get 0))))"#,
    )
    .unwrap();
    for checks in [Checks::None, Checks::All] {
        let mut host = Host::new(&wasm, Variant::Prepared(checks), 1);
        let steps = [
            ("memory", 1023, 1),
            ("memory", 1, -1),
            ("storage", 0, -1),
            ("storage", 1, -1),
            ("table", 9_999, 1),
            ("table", 1, -1),
            ("small", 2, 1),
            ("small", 1, -1),
        ];
        for (name, by, expected) in steps {
            assert_eq!(host.call(name, &[Val::I32(by)]).result, Ok(vec![expected]), "{name} by {by}");
        }
        assert_eq!(host.call("size", &[]).result, Ok(vec![1]));
    }
}
