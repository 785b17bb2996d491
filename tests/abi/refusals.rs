//! Host functions refuse what the table says of them, by the names that the table has.

use vellum::contract::ValueType;
use vellum::contract::imports::{Documented, MODULES};
use vellum::receipt::{Call, HaltKind, Receipt, Value};
use vellum::store::MemoryStore;
use vellum::units::Gas;
use vellum::vm::{Deployment, Vm};

use crate::page;

/// Enough for 4 GiB of bytes, which some functions charge for before they refuse them.
const GAS: Gas = Gas(1 << 40);

/// Runs the export `run` of a contract.
fn run(module: &str) -> Receipt {
    let vm = Vm::new(MemoryStore::new()).unwrap();
    let contract = vm.deploy(module.as_bytes(), &Deployment::default()).unwrap().address;
    vm.run(&Call::new(contract, "run").gas(GAS)).dry().unwrap()
}

/// A call of a function whose arguments all have every bit set.
fn call(Documented { function, parameters, .. }: &Documented) -> Receipt {
    let types =
        |word: &str, types: &[ValueType]| -> String { types.iter().map(|ty| format!(" ({word} {ty})")).collect() };
    let ty = types("param", function.params) + &types("result", function.results);
    let arguments: String = parameters.iter().map(|parameter| format!(" ({}.const -1)", parameter.ty)).collect();
    let drops = "(drop)".repeat(function.results.len());
    run(&format!(
        r#"(module (import "{}" "{}" (func $called {ty})) (memory (export "memory") 1)
            (func (export "run") (call $called {arguments}) {drops}))"#,
        function.module, function.name
    ))
}

#[test]
fn arguments_out_of_range_are_refused_by_every_function_that_can_refuse() {
    for documented in MODULES.iter().flat_map(|module| module.functions) {
        let name = format!("{}.{}", documented.function.module, documented.function.name);
        let receipt = call(documented);
        match documented.refusals {
            [] => assert!(receipt.is_returned(), "{name}: {receipt:?}"),
            _ => {
                let halt = receipt.status.halt().unwrap_or_else(|| panic!("{name}: {receipt:?}"));
                assert_eq!(halt.kind, HaltKind::Vmcall, "{name}: {}", halt.message);
                assert!(halt.message.starts_with(&format!("{name}: ")), "{name}: {}", halt.message);
            }
        }
    }
}

#[test]
fn a_function_with_a_pointer_can_refuse_and_says_so() {
    for documented in MODULES.iter().flat_map(|module| module.functions) {
        let is_pointer = |name: &str| name.ends_with("ptr") || ["dst", "mem_offset", "memory_offset"].contains(&name);
        let has_pointer = documented.parameters.iter().any(|parameter| is_pointer(parameter.name));
        let says_so = documented.refusals.iter().any(|refusal| refusal.contains("own memory is not exported"));
        assert_eq!(has_pointer, says_so, "{}", documented.function.name);
    }
}

#[test]
fn the_name_of_an_export_may_have_1024_bytes() {
    let status = |length: u32| {
        run(&format!(
            r#"(module (import "vellum" "call_static" (func $call (param i32 i32 i32 i32 i32 i64) (result i32)))
                (memory (export "memory") 1)
                (func (export "run") (result i32)
                  (call $call (i32.const 0) (i32.const 0) (i32.const {length}) (i32.const 0) (i32.const 0) (i64.const 0))))"#
        ))
    };
    assert_eq!(status(1_024).results, [Value::I32(2)], "there is no such contract");
    let halt = status(1_025).status.halt().cloned().unwrap();
    assert_eq!(halt.message, "vellum.call_static: a name of 1025 bytes is longer than 1024");
}

#[test]
fn an_event_may_have_4_topics() {
    let emits = |topics: u32| {
        run(&format!(
            r#"(module (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64))) (memory (export "memory") 1)
                (func (export "run")
                  (call $emit (i32.const 0) (i32.const {topics}) (i32.const 0) (i32.const 0) (i64.const 0))))"#
        ))
    };
    assert_eq!(emits(4).events[0].topics.len(), 4);
    assert_eq!(emits(5).status.halt().unwrap().message, "vellum.emit: 5 topics: an event has at most 4");
}

#[test]
fn the_registers_of_the_page_are_those_that_there_are() {
    let page = page::text();
    let (_, table) = page.split_once("| `reg_bits` | bytes | `reg_idx` |\n|---|---|---|\n").unwrap();
    let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let numbers: Vec<u32> = row.split(['|', ' ']).filter_map(|word| word.parse().ok()).collect();
        let [bits, bytes, first, last] = numbers[..] else { panic!("{row}") };
        let sets = |index: u32, offset: u32| {
            let arguments = [bits, index, 0, offset].map(|argument| format!("(i32.const {argument})")).join(" ");
            run(&format!(
                r#"(module (import "svm" "reg_replace_byte" (func $set (param i32 i32 i32 i32)))
                    (func (export "run") (call $set {arguments})))"#
            ))
            .is_returned()
        };
        assert!(sets(first, 0) && sets(last, bytes - 1), "{row}");
        assert!(!sets(last + 1, 0) && !sets(last, bytes), "{row}");
    }
}
