//! Gas is a function of the code as deployed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use wasmtime::Val;

use super::host::{Host, Variant};
use crate::contract::Imports;
use crate::contract::imports::{HostFunction, host_functions};
use crate::contract::prepare::{Checks, PASS_VERSION, prepare, price};
use crate::limits;

const PREPARED: [Variant; 2] = [Variant::Prepared(Checks::None), Variant::Prepared(Checks::All)];

/// Returns the gas of one call of `run`, and checks that it is the same in both variants.
fn gas(text: &str, arguments: &[Val]) -> u64 {
    let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let [unchecked, checked] = PREPARED.map(|variant| Host::new(&wasm, variant, 1).call("run", arguments));
    assert_eq!(unchecked, checked);
    checked.gas.unwrap_or_else(|| panic!("{:?}", checked.result))
}

fn body(code: &str) -> u64 {
    gas(
        &format!(
            r#"(module (import "storage" "memory" (memory $s 1)) (memory $o 1) (data $d "0123456789")
                (func (export "run") (local $i i32) (local $l i64) {code}))"#
        ),
        &[],
    )
}

#[test]
fn instructions_have_the_prices_of_the_table() {
    let entry = u64::from(price::FUNCTION_ENTRY);
    assert_eq!(body(""), entry);
    assert_eq!(body("nop nop (block (loop (nop)))"), entry, "instructions without machine code are free");
    assert_eq!(body("(drop (i32.const 1))"), entry + 1);
    assert_eq!(body("(local.set $i (i32.add (i32.const 1) (i32.const 2)))"), entry + 4);
    assert_eq!(body("(local.set $l (i64.div_u (i64.const 1) (i64.const 2)))"), entry + 3 + 4);
    assert_eq!(body("(local.set $l (i64.load $s (i32.const 4090)))"), entry + 3, "a fault is free");
    assert_eq!(body("(i64.store $s (i32.const 4090) (i64.const 1))"), entry + 3);
    assert_eq!(body("(drop (memory.grow $s (i32.const 1)))"), entry + 1 + 32);
    assert_eq!(body("(drop (memory.grow $o (i32.const 2)))"), entry + 1 + 32 + 2 * 255);
    assert_eq!(body("(memory.fill $s (i32.const 0) (i32.const 1) (i32.const 9000))"), entry + 3 + 96 + 9000);
    assert_eq!(body("(memory.copy $s $o (i32.const 0) (i32.const 1) (i32.const 20))"), entry + 3 + 16 + 20);
    assert_eq!(body("(memory.init $s $d (i32.const 0) (i32.const 1) (i32.const 5))"), entry + 3 + 16 + 5);
}

#[test]
fn only_the_branch_that_runs_costs_gas() {
    let branches = "(if (i32.eqz (local.get $i)) (then (drop (i32.const 1))) (else (drop (i64.rem_u (i64.const 1) (i64.const 1)))))";
    assert_eq!(body(branches), 1 + 3 + 1);
    let repeated = "(local.set $i (i32.const 5))
        (loop $again (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))";
    assert_eq!(body(repeated), 1 + 2 + 5 * 5);
}

fn import(host: &HostFunction) -> String {
    let types = |word: &str, types: &[crate::contract::ValueType]| {
        types.iter().fold(String::new(), |text, ty| format!("{text} ({word} {ty})"))
    };
    let ty = format!("{}{}", types("param", host.params), types("result", host.results));
    format!(r#"(import "{}" "{}" (func $host {ty})) (type $type (func {ty}))"#, host.module, host.name)
}

fn arguments(host: &HostFunction) -> String {
    host.params.iter().fold(String::new(), |text, ty| format!("{text} ({ty}.const 0)"))
}

#[test]
fn an_imported_function_has_the_same_price_for_every_kind_of_call() {
    for host in host_functions() {
        let (import, arguments) = (import(&host), arguments(&host));
        let drops = "(drop)".repeat(host.results.len());
        let count = host.params.len() as u64;
        let fixed = u64::from(price::FUNCTION_ENTRY) + count + u64::from(host.price);
        let direct = format!(r#"(module {import} (func (export "run") (call $host {arguments}) {drops}))"#);
        assert_eq!(gas(&direct, &[]), fixed + 2, "{} called", host.link_name);
        let indirect = format!(
            r#"(module {import} (table funcref (elem $host))
                (func (export "run") (call_indirect (type $type) {arguments} (i32.const 0)) {drops}))"#
        );
        assert_eq!(gas(&indirect, &[]), fixed + 1 + 4, "{} in an element segment", host.link_name);
        let reference = format!(
            r#"(module {import} (table 1 funcref) (elem declare func $host)
                (func (export "run") (table.set (i32.const 0) (ref.func $host))
                  (call_indirect (type $type) {arguments} (i32.const 0)) {drops}))"#
        );
        assert_eq!(gas(&reference, &[]), fixed + 1 + 40 + 4 + 1 + 4, "{} by ref.func", host.link_name);
        let global = format!(
            r#"(module {import} (table 1 funcref) (global $g funcref (ref.func $host))
                (func (export "run") (table.set (i32.const 0) (global.get $g))
                  (call_indirect (type $type) {arguments} (i32.const 0)) {drops}))"#
        );
        assert_eq!(gas(&global, &[]), fixed + 1 + 1 + 4 + 1 + 4, "{} in a global", host.link_name);
        let exported = format!(r#"(module {import} (export "run" (func $host)))"#);
        let zeros: Vec<Val> = host.params.iter().map(|ty| zero(*ty)).collect();
        assert_eq!(gas(&exported, &zeros), u64::from(host.price), "{} exported", host.link_name);
    }
}

fn zero(ty: crate::contract::ValueType) -> Val {
    match ty {
        crate::contract::ValueType::I32 => Val::I32(0),
        crate::contract::ValueType::I64 => Val::I64(0),
    }
}

#[test]
fn the_engine_accepts_the_largest_prepared_functions() {
    // These grow most: accesses, the most expensive instruction and the most expensive import, each as often as the limits of a
    // function and of the compiler's work allow.
    let full = limits::MAX_FUNCTION_BYTES - 100;
    let lines = [
        ("(i32.const 0)", "i32.load8_u", full / 3, "(drop)"),
        ("(v128.const i64x2 0 0) (local.set $v)", "(v128.store (i32.const 0) (local.get $v))", full / 9, ""),
        ("(i32.const 0)", "memory.grow", full / 2, "(drop)"),
        ("(v128.const i64x2 0 0) (local.set $v)", "(call $expensive (i32.const 0)) (drop)", full / 5, ""),
    ];
    for (before, repeated, most, after) in lines {
        let with = |count: usize| {
            let repeated = format!("{repeated} ").repeat(count);
            let text = format!(
                r#"(module (import "vellum" "balance_of" (func $expensive (param i32) (result i64)))
                    (import "storage" "memory" (memory 1))
                    (func (local $v v128) {before} {repeated} {after}))"#
            );
            let wasm = wat::parse_str(text).unwrap();
            prepare(&wasm, &Imports::default(), Checks::All).ok().map(|prepared| (wasm, prepared.wasm))
        };
        let (mut count, mut step) = (0, most.next_power_of_two());
        while step > 0 {
            count += if count + step <= most && with(count + step).is_some() { step } else { 0 };
            step /= 2;
        }
        assert!(count > 1_000, "{repeated}: {count}");
        let (wasm, prepared) = with(count).unwrap();
        assert!(prepared.len() > wasm.len());
        wasmparser::Validator::new().validate_all(&prepared).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The table of `design/contracts.md` must equal the generated one.
#[test]
fn the_document_has_the_prices_of_the_code() {
    let mut table = String::from("| price | for | instructions |\n|---|---|---|\n");
    for (price, reason, operators) in price::TABLE {
        let operators = operators.join(" ");
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {price} | {reason} | {operators} |");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/design/contracts.md");
    let document = std::fs::read_to_string(path).unwrap();
    assert!(document.contains(&table), "design/contracts.md should have this table:\n\n{table}");
}

/// The version of the pass distinguishes compiled modules on disk. A changed pass with the same version would run old code.
#[test]
fn a_changed_pass_has_a_new_version() {
    let (accesses, _) = super::accesses::module(&[0, 5000], 1);
    let mut digest = Sha256::new();
    for wasm in [accesses, super::structure::sample()] {
        for checks in [Checks::None, Checks::All] {
            digest.update(prepare(&wasm, &Imports::default(), checks).unwrap().wasm);
        }
    }
    let host_functions: Vec<_> = host_functions().collect();
    digest.update(format!("{:?} {host_functions:?} {:?}", price::TABLE, price::operator_cost()));
    let depth = (limits::CALL_DEPTH, limits::VALUES_PER_DEPTH_UNIT, limits::OPERATORS_PER_DEPTH_UNIT);
    digest.update(format!("{depth:?} {} {}", limits::MAX_OWN_MEMORY_PAGES, limits::MAX_TABLE_ELEMENTS));
    let found = format!("{PASS_VERSION} {}", const_hex::encode(digest.finalize()));
    let known = include_str!("pass_version.txt").trim();
    assert_eq!(known, found, "increment PASS_VERSION and put the new line into pass_version.txt");
}
