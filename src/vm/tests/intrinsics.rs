//! Functions of the module `storage` stand for instructions on a storage memory.

use super::*;
use crate::contract::imports::MODULES;

/// A counter by functions, and the same by instructions.
const BY_FUNCTIONS: &str = r#"(module
  (import "storage" "i64.load" (func $load (param i32) (result i64)))
  (import "storage" "i64.store" (func $store (param i32 i64)))
  (import "storage" "pages" (func $pages (result i32)))
  (import "storage" "copy_in" (func $copy_in (param i32 i32 i32)))
  (import "storage" "copy_out" (func $copy_out (param i32 i32 i32)))
  (import "storage" "copy" (func $copy (param i32 i32 i32)))
  (import "storage" "fill" (func $fill (param i32 i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 100) "vellum")
  (func (export "add") (param i64) (result i64)
    (call $store (i32.const 0) (i64.add (call $load (i32.const 0)) (local.get 0)))
    (call $load (i32.const 0)))
  (func (export "at") (param i32) (result i64) (call $load (local.get 0)))
  (func (export "pages") (result i32) (call $pages))
  (func (export "copies") (result i64)
    (call $copy_out (i32.const 4090) (i32.const 100) (i32.const 6))
    (call $copy (i32.const 9000) (i32.const 4090) (i32.const 6))
    (call $copy_in (i32.const 200) (i32.const 9000) (i32.const 6))
    (call $fill (i32.const 9003) (i32.const 33) (i32.const 3))
    (i64.load $own (i32.const 200))))"#;

const BY_INSTRUCTIONS: &str = r#"(module
  (import "storage" "memory" (memory $storage 0))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 100) "vellum")
  (func (export "add") (param i64) (result i64)
    (i64.store $storage (i32.const 0) (i64.add (i64.load $storage (i32.const 0)) (local.get 0)))
    (i64.load $storage (i32.const 0)))
  (func (export "at") (param i32) (result i64) (i64.load $storage (local.get 0)))
  (func (export "pages") (result i32) (memory.size $storage))
  (func (export "copies") (result i64)
    (memory.copy $storage $own (i32.const 4090) (i32.const 100) (i32.const 6))
    (memory.copy $storage $storage (i32.const 9000) (i32.const 4090) (i32.const 6))
    (memory.copy $own $storage (i32.const 200) (i32.const 9000) (i32.const 6))
    (memory.fill $storage (i32.const 9003) (i32.const 33) (i32.const 3))
    (i64.load $own (i32.const 200))))"#;

fn deployed(code: &str) -> (Vm, Address) {
    let vm = vm_on(MemoryStore::new());
    let contract = deploy_with(&vm, code, 0, 16);
    (vm, contract)
}

#[test]
fn calls_and_instructions_do_and_cost_the_same() {
    let (functions, instructions) = (deployed(BY_FUNCTIONS), deployed(BY_INSTRUCTIONS));
    let call = |name: &str| Call::new(functions.1, name);
    let calls = [
        add(functions.1, 5),
        add(functions.1, -7),
        call("copies"),
        call("at").args([Value::I32(9000)]),
        call("at").args([Value::I32(65_528)]),
        call("at").args([Value::I32(65_529)]),
        call("at").args([Value::I32(-1)]),
    ];
    for mut call in calls {
        let by_functions = agreed(&functions.0, &call);
        let _ = functions.0.run(&call).commit().unwrap();
        call.contract = instructions.1;
        let by_instructions = agreed(&instructions.0, &call);
        let _ = instructions.0.run(&call).commit().unwrap();
        assert_eq!(by_functions.results, by_instructions.results, "{call:?}");
        let gas =
            |receipt: &Receipt, code| receipt.gas_used.0 - if receipt.is_returned() { price_before(code) } else { 0 };
        assert_eq!(gas(&by_functions, BY_FUNCTIONS), gas(&by_instructions, BY_INSTRUCTIONS), "{call:?}");
        let [by_functions, by_instructions] = [&functions, &instructions]
            .map(|(vm, contract)| vm.now().unwrap().read(contract, ByteOffset(0), 1 << 16).unwrap());
        assert_eq!(by_functions, by_instructions, "{call:?}");
    }
    let pages = agreed(&functions.0, &Call::new(functions.1, "pages"));
    assert_eq!(result(&pages), 16);
}

#[test]
fn every_load_and_store_is_there() {
    let storage = MODULES.iter().find(|module| module.name == "storage").unwrap();
    let mut imports = String::new();
    let mut exports = String::new();
    for (index, inline) in storage.inline.iter().filter(|inline| !["base", "size"].contains(&inline.name)).enumerate() {
        let parameters: String = inline.parameters.iter().map(|(_, ty)| format!(" (param {ty})")).collect();
        let results: String = inline.results.iter().map(|ty| format!(" (result {ty})")).collect();
        imports += &format!(r#"(import "storage" "{}" (func $f{index}{parameters}{results}))"#, inline.name);
        let arguments: String =
            inline.parameters.iter().map(|(_, ty)| format!(" ({ty}.const {})", 3 + index)).collect();
        let dropped = if inline.results.is_empty() {
            format!("(call $f{index}{arguments})")
        } else {
            format!("(drop (call $f{index}{arguments}))")
        };
        exports += &format!("(func (export \"{}\") {dropped})", inline.name);
    }
    let (vm, contract) = deployed(&format!("(module {imports} (memory (export \"memory\") 1) {exports})"));
    for inline in storage.inline.iter().filter(|inline| !["base", "size"].contains(&inline.name)) {
        let receipt = agreed(&vm, &Call::new(contract, inline.name));
        assert!(receipt.is_returned(), "{}: {:?}", inline.name, receipt.status);
    }
}
