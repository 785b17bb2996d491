//! Which form of storage a contract has, and what is refused of forms.

use super::refusals::{accepted, error};
use crate::contract::{ContractError, StorageForm};

const BASE: &str = r#"(import "storage" "base" (func $base (result i32)))"#;
const LOAD: &str = r#"(import "storage" "i64.load" (func $load (param i32) (result i64)))"#;
const MEMORY: &str = r#"(import "storage" "memory" (memory 1))"#;

#[test]
fn the_imports_determine_the_form() {
    let form = |imports: &str| accepted(&format!("(module {imports} (memory 1))")).storage;
    assert_eq!(form(""), StorageForm::HostFunctions);
    assert_eq!(form(BASE), StorageForm::Inside);
    assert_eq!(form(r#"(import "storage" "size" (func (result i32)))"#), StorageForm::Inside);
    assert_eq!(form(LOAD), StorageForm::Intrinsics);
    assert!(matches!(form(MEMORY), StorageForm::Memory(_)));
    assert!(matches!(form(&format!("{MEMORY} {LOAD}")), StorageForm::Memory(_)));
    assert!(matches!(form(&format!("{LOAD} {MEMORY}")), StorageForm::Memory(_)));
}

#[test]
fn two_forms_are_refused_by_name() {
    for (imports, first, second) in [
        (format!("{BASE} {MEMORY}"), "base", "memory"),
        (format!("{MEMORY} {BASE}"), "memory", "base"),
        (format!("{BASE} {LOAD}"), "base", "i64.load"),
        (format!("{LOAD} {BASE}"), "i64.load", "base"),
    ] {
        let refused = error(&format!("(module {imports} (memory 1))"));
        assert_eq!(refused, ContractError::StorageForms { first, second });
        assert!(refused.to_string().contains(first) && refused.to_string().contains(second));
    }
}

#[test]
fn an_own_memory_is_needed_where_it_is_accessed() {
    let copy_in = r#"(import "storage" "copy_in" (func (param i32 i32 i32)))"#;
    for (imports, name) in [(BASE, "base"), (copy_in, "copy_in")] {
        assert_eq!(error(&format!("(module {imports})")), ContractError::NoOwnMemory { name });
    }
    assert_eq!(accepted(&format!("(module {LOAD})")).storage, StorageForm::Intrinsics);
}

#[test]
fn a_function_that_stands_for_an_instruction_is_only_called_directly() {
    for (rest, how) in [
        (r#"(export "base" (func $base))"#, "exported"),
        ("(table 1 funcref) (elem (i32.const 0) func $base)", "in an element segment"),
        ("(table 1 funcref) (elem (i32.const 0) funcref (ref.func $base))", "in an element segment"),
        ("(elem declare func $base)", "in an element segment"),
        ("(global funcref (ref.func $base))", "referenced by `ref.func`"),
    ] {
        let refused = error(&format!("(module {BASE} (memory 1) {rest})"));
        assert_eq!(refused, ContractError::InlineReference { name: "base", how }, "{rest}");
    }
}

#[test]
fn a_data_segment_may_not_reach_storage() {
    let refused = error(&format!(r#"(module {BASE} (memory 1) (data (i32.const 0x40000000) "x"))"#));
    assert!(matches!(refused, ContractError::SegmentOutOfBounds { kind: "data", .. }), "{refused}");
}

#[test]
fn another_type_is_refused_with_the_right_one() {
    let refused = error(r#"(module (import "storage" "f32.store" (func (param i32 f64))))"#);
    assert_eq!(
        refused.to_string(),
        r#"import "storage" "f32.store" has type (i32, f64) -> (); it must be (i32, f32) -> ()"#
    );
    let refused = error(r#"(module (import "storage" "base" (global i32)))"#);
    assert_eq!(refused.to_string(), r#"import "storage" "base" has type global; it must be () -> (i32)"#);
    let refused = error(r#"(module (import "storage" "i32.laod" (func (param i32) (result i32))))"#);
    assert!(refused.to_string().contains(r#"the nearest known import is "storage" "i32.load""#), "{refused}");
}
