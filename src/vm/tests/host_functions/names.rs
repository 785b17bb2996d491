//! Allowed names and prices of custom functions, and the errors of contracts that import unknown ones.

use super::*;
use crate::contract::{ContractError, ImportError, ImportRefusal};
use crate::limits::MAX_IMPORT_PRICE;

fn nothing(_: &mut HostCall<'_>) {}

fn refused(builder: VmBuilder) -> ImportError {
    match builder.build() {
        Err(Error::Import(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn invalid_names_and_prices_are_refused_when_the_vm_is_made() {
    for (module, name, price, reason) in [
        ("vellum:paging", "table", 1, ImportRefusal::Reserved),
        ("vellum:mine", "f", 1, ImportRefusal::Reserved),
        ("vellum", "call", 1, ImportRefusal::Ours),
        ("svm", "storage_read_to_reg", 1, ImportRefusal::Ours),
        ("svm", "storage_read_to_reg/6", 1, ImportRefusal::Ours),
        ("storage", "memory", 1, ImportRefusal::Ours),
        ("", "f", 1, ImportRefusal::Empty),
        ("own", "", 1, ImportRefusal::Empty),
        ("own", "f", 0, ImportRefusal::Price(Gas(0))),
        ("own", "f", u64::from(MAX_IMPORT_PRICE) + 1, ImportRefusal::Price(Gas(u64::from(MAX_IMPORT_PRICE) + 1))),
        ("own", "f", u64::MAX, ImportRefusal::Price(Gas(u64::MAX))),
    ] {
        let error = refused(Vm::builder(MemoryStore::new()).import(module, name, Gas(price), nothing));
        assert_eq!((&*error.module, &*error.name, error.reason), (module, name, reason));
        assert!(error.to_string().contains(&format!("{name:?} of module {module:?}")), "{error}");
    }
    let twice = Vm::builder(MemoryStore::new()).import("own", "f", Gas(1), nothing).import("own", "f", Gas(2), nothing);
    assert_eq!(refused(twice).reason, ImportRefusal::Twice);
}

#[test]
fn names_similar_to_those_of_the_vm_are_allowed() {
    let names = [("vellum", "hash"), ("storage", "table"), ("vellums", "call"), ("svm", "storage_read_to_reg/7")];
    let mut builder = Vm::builder(MemoryStore::new());
    for (number, (module, name)) in (1..).zip(names) {
        builder = builder.import(module, name, Gas(u64::from(MAX_IMPORT_PRICE)), move |_: &mut HostCall<'_>| number);
    }
    let vm = builder.build().unwrap();
    for (number, (module, name)) in (1..).zip(names) {
        let code = format!(
            r#"(module (import "storage" "memory" (memory 1)) (import "{module}" "{name}" (func $f (result i32)))
              (func (export "run") (result i32) (call $f)))"#
        );
        let contract = deploy(&vm, &code, 0);
        assert_eq!(result(&vm.run(&Call::new(contract, "run")).dry().unwrap()), number, "{module} {name}");
    }
}

fn contract_error(vm: &Vm, import: &str) -> ContractError {
    let code = format!("(module (import {import}))");
    match vm.deploy(code.as_bytes(), &Deployment::default()) {
        Err(Error::Contract(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_error_of_an_unknown_import_has_the_nearest_known_one() {
    let price = |_: &mut HostCall<'_>, _: i32| 0_i64;
    let vm = Vm::builder(MemoryStore::new()).import("market", "price", Gas(1), price).build().unwrap();
    let error = contract_error(&vm, r#""market" "prise" (func (param i32) (result i64))"#);
    let ContractError::UnknownImport { advice, .. } = error else { panic!("{error:?}") };
    assert_eq!(advice, r#"the nearest known import is "market" "price" of type (i32) -> (i64)"#);
    let error = contract_error(&vm, r#""vellum" "calls" (func)"#);
    assert!(matches!(error, ContractError::UnknownImport { advice, .. } if advice.contains(r#""vellum" "call""#)));
}

#[test]
fn the_error_of_an_import_of_another_type_has_both_types() {
    let price = |_: &mut HostCall<'_>, _: i32| 0_i64;
    let vm = Vm::builder(MemoryStore::new()).import("market", "price", Gas(1), price).build().unwrap();
    for (import, other) in [(r#"(func (param i64) (result i64))"#, "(i64) -> (i64)"), ("(memory 1)", "memory")] {
        let error = contract_error(&vm, &format!(r#""market" "price" {import}"#));
        let ContractError::ImportType { found, expected, .. } = error else { panic!("{error:?}") };
        assert_eq!((&*found, &*expected), (other, "(i32) -> (i64)"));
    }
}

#[test]
fn a_vm_without_the_function_refuses_contracts_that_import_it() {
    let store = MemoryStore::new();
    let code = r#"(module (import "own" "f" (func $f)) (func (export "run") (call $f)))"#;
    let with = Vm::builder(store.clone()).import("own", "f", Gas(1), nothing).build().unwrap();
    let contract = deploy(&with, code, 0);
    let caller = deploy(&with, actor::ACTOR, 0);
    let _ = with.run(&Call::new(contract, "run")).commit().unwrap();

    let without = vm_on(store.clone());
    let refused = |outcome: Result<Receipt, Error>| match outcome {
        Err(Error::Contract(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let input = actor::script(&[contract], &["+", "c", "0", ""]);
    for call in [Call::new(contract, "run"), Call::new(caller, "run").input(input)] {
        let error = refused(without.run(&call).commit());
        assert!(error.starts_with(r#"unknown import "own" "f" of type () -> ()"#), "{error}");
    }
    assert!(without.now().unwrap().exports(&contract).is_err());
    assert_eq!(stored(&without, caller), 0);
    let typed = Vm::builder(store).import("own", "f", Gas(1), |_: &mut HostCall<'_>| 1_i32).build().unwrap();
    assert!(refused(typed.run(&Call::new(contract, "run")).dry()).contains("it must be () -> (i32)"));
    assert_eq!(with.run(&Call::new(contract, "run")).dry().unwrap().status, Status::Returned);
}
