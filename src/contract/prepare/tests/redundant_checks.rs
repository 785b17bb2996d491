//! Redundant checks are omitted, and no others.

use std::fmt::Write as _;

use proptest::prelude::*;
use wasmparser::{Operator, Parser, Payload};
use wasmtime::Val;

use super::host::{Host, TAKES_RIGHTS, Variant};
use crate::contract::{Checks, Imports, prepare};

/// Counts the checks of loads and stores in prepared code: each calls a fault function through a reference.
fn checks(body: &str, kind: Checks) -> usize {
    let text = format!(
        r#"(module (import "storage" "memory" (memory 1)) (import "vellum" "{TAKES_RIGHTS}" (func $call (result i64)))
          (func (export "f") (param $p i32) (param $q i32) (param $v i64) {body}))"#
    );
    let prepared = prepare(&wat::parse_str(&text).unwrap(), &Imports::default(), kind).unwrap().wasm;
    let mut count = 0;
    for payload in Parser::new(0).parse_all(&prepared) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let operators = body.get_operators_reader().unwrap().into_iter();
            count += operators.filter(|operator| matches!(operator, Ok(Operator::CallRef { .. }))).count();
        }
    }
    count
}

fn load(address: &str, offset: u32) -> String {
    format!("(drop (i64.load offset={offset} {address}))")
}

fn store(address: &str, offset: u32) -> String {
    format!("(i64.store offset={offset} {address} (local.get $v))")
}

const P: &str = "(local.get $p)";
const Q: &str = "(local.get $q)";

#[test]
fn an_access_between_checked_bytes_within_a_page_needs_no_check() {
    let plus = |number: i32| format!("(i32.add {P} (i32.const {number}))");
    let cases: [(&str, String, usize); 22] = [
        ("the same access twice", load(P, 0) + &load(P, 0), 1),
        ("between two checked accesses", load(P, 0) + &load(P, 64) + &load(P, 32), 2),
        ("beside the only checked access", load(P, 0) + &load(P, 8), 2),
        ("a part of a checked access", load(P, 8) + &format!("(drop (i32.load8_u offset=12 {P}))"), 1),
        ("between checked accesses 4,088 apart", load(P, 0) + &load(P, 4088) + &load(P, 2000), 2),
        ("between checked accesses 4,104 apart", load(P, 0) + &load(P, 4104) + &load(P, 2000), 3),
        ("a write does not allow a read", store(P, 0) + &load(P, 0), 2),
        ("a read does not allow a write", load(P, 0) + &store(P, 0), 2),
        ("two writes", store(P, 0) + &store(P, 0), 1),
        ("another local", load(P, 0) + &load(Q, 0), 2),
        ("a copy of the local", load(P, 0) + "(local.set $q (local.get $p))" + &load(Q, 0), 1),
        ("a local that was set", load(P, 0) + "(local.set $p (local.get $q))" + &load(P, 0), 2),
        ("a local that was incremented", load(P, 8) + &format!("(local.set $p {})", plus(8)) + &load(P, 0), 1),
        ("a sum and an offset", load(&plus(24), 0) + &load(P, 24), 1),
        ("a negative sum", load(&plus(-8), 16) + &load(P, 8), 1),
        ("the same sum of two", load(&format!("(i32.add {P} {Q})"), 0) + &load(&format!("(i32.add {P} {Q})"), 0), 1),
        ("constant addresses", load("(i32.const 16)", 0) + &load("(i32.const 8)", 8), 1),
        ("after a call", load(P, 0) + "(drop (call $call))" + &load(P, 0), 2),
        ("in a loop", load(P, 0) + &format!("(loop {})", load(P, 0)), 2),
        ("in both branches", load(P, 0) + &format!("(if {Q} (then {}) (else {}))", load(P, 0), load(P, 0)), 2),
        ("after a branch", format!("(if {Q} (then {}))", load(P, 0)) + &load(P, 0), 2),
        ("after a conditional exit", format!("(block (br_if 0 {Q}) {})", load(P, 0)) + &load(P, 0), 2),
    ];
    for (name, body, expected) in cases {
        assert_eq!(checks(&body, Checks::All), expected, "{name}: {body}");
    }
    assert_eq!(checks(&(load(P, 0) + &store(P, 0) + &store(P, 0)), Checks::Writes), 1);
    assert_eq!(checks(&(load(P, 0) + &store(P, 0)), Checks::Bulk), 0);
}

/// A statement of a random program. The program has four locals; the first two are its parameters.
#[derive(Debug, Clone)]
enum Statement {
    Load { local: u32, plus: i32, offset: u32, width: usize },
    Store { local: u32, plus: i32, offset: u32, width: usize },
    Set { local: u32, from: u32, plus: i32 },
    Loaded { local: u32, from: u32 },
    Call,
    If { local: u32, then: Vec<Statement>, otherwise: Vec<Statement> },
    Block { local: u32, body: Vec<Statement> },
    Loop { body: Vec<Statement> },
}

/// The number of a local that stands for a constant address.
const CONSTANT: u32 = 4;

const LOADS: [&str; 4] = ["i64.load8_u", "i64.load16_u", "i64.load32_u", "i64.load"];
const STORES: [&str; 4] = ["i64.store8", "i64.store16", "i64.store32", "i64.store"];

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let local = || 0..4_u32;
    let place = || 0..=CONSTANT;
    let near = || {
        prop_oneof![
            6 => Just(0), 1 => Just(8), 1 => Just(-8), 1 => Just(4_088), 1 => Just(-4_095), 1 => Just(4_096), 1 => -20..20
        ]
    };
    let offset = || {
        prop_oneof![
            4 => Just(0), 1 => Just(4), 1 => Just(8), 1 => Just(4_090), 1 => Just(4_095), 1 => 0..64_u32
        ]
    };
    let statement = prop_oneof![
        4 => (place(), near(), offset(), 0..4_usize)
            .prop_map(|(local, plus, offset, width)| Statement::Load { local, plus, offset, width }),
        4 => (place(), near(), offset(), 0..4_usize)
            .prop_map(|(local, plus, offset, width)| Statement::Store { local, plus, offset, width }),
        2 => (local(), local(), prop_oneof![Just(0), Just(4_096), near()]).prop_map(|(local, from, plus)| Statement::Set { local, from, plus }),
        1 => (local(), local()).prop_map(|(local, from)| Statement::Loaded { local, from }),
        2 => Just(Statement::Call),
    ];
    let nested = statement.prop_recursive(3, 24, 6, move |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            4 => inner.clone(),
            1 => (0..4_u32, some(), some())
                .prop_map(|(local, then, otherwise)| Statement::If { local, then, otherwise }),
            1 => (0..4_u32, some()).prop_map(|(local, body)| Statement::Block { local, body }),
            1 => some().prop_map(|body| Statement::Loop { body }),
        ]
    });
    prop::collection::vec(nested, 0..16)
}

fn write(text: &mut String, statements: &[Statement]) {
    let address = |local: u32, plus: i32| match plus {
        _ if local == CONSTANT => format!("(i32.const {})", 40_960 + plus),
        0 => format!("(local.get {local})"),
        plus => format!("(i32.add (local.get {local}) (i32.const {plus}))"),
    };
    for statement in statements {
        let _ = match statement {
            Statement::Load { local, plus, offset, width } => writeln!(
                text,
                "(local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 5)) ({} offset={offset} {})))",
                LOADS[*width],
                address(*local, *plus)
            ),
            Statement::Store { local, plus, offset, width } => {
                writeln!(text, "({} offset={offset} {} (local.get $sum))", STORES[*width], address(*local, *plus))
            }
            Statement::Set { local, from, plus } => {
                writeln!(text, "(local.set {local} {})", address(*from, *plus))
            }
            // A loaded byte selects one of two pages, which the pass cannot predict.
            Statement::Loaded { local, from } => writeln!(
                text,
                "(local.set {local} (i32.add (local.get {local}) (i32.shl (i32.and (i32.load8_u (local.get {from})) (i32.const 1)) (i32.const 12))))"
            ),
            Statement::Call => writeln!(text, "(local.set $sum (i64.add (local.get $sum) (call $call)))"),
            Statement::If { local, then, otherwise } => {
                let _ = writeln!(text, "(if (i32.and (local.get {local}) (i32.const 8)) (then");
                write(text, then);
                let _ = writeln!(text, ") (else");
                write(text, otherwise);
                writeln!(text, "))")
            }
            Statement::Block { local, body } => {
                let _ = writeln!(text, "(block (br_if 0 (i32.and (local.get {local}) (i32.const 16)))");
                write(text, body);
                writeln!(text, ")")
            }
            Statement::Loop { body } => {
                let _ = writeln!(text, "(loop");
                write(text, body);
                let _ = writeln!(text, "(local.set $turns (i32.add (local.get $turns) (i32.const 1)))");
                writeln!(text, "(br_if 0 (i32.lt_u (local.get $turns) (i32.const 12))))")
            }
        };
    }
}

fn program(statements: &[Statement]) -> Vec<u8> {
    let mut body = String::new();
    write(&mut body, statements);
    let text = format!(
        r#"(module (import "storage" "memory" (memory 2)) (import "vellum" "{TAKES_RIGHTS}" (func $call (result i64)))
          (func (export "f") (param i32 i32) (result i64) (local i32 i32) (local $sum i64) (local $turns i32)
          (local.set $sum (i64.const 0x0123456789abcdef)) (local.set 2 (local.get 0)) (local.set 3 (local.get 1))
          {body} (local.get $sum)))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    /// If a needed check is missing, the program reads poison from an absent page, or writes a page without the right, which
    /// the host reports.
    #[test]
    fn a_program_without_redundant_checks_computes_the_same(
        statements in statements(),
        places in prop::collection::vec((0..31_u32, -24..24_i32), 2),
    ) {
        let wasm = program(&statements);
        let addresses: Vec<Val> = places.iter().map(|(page, near)| {
            Val::I32((page * 4_096).wrapping_add_signed(*near) as i32)
        }).collect();
        let variants = [Checks::None, Checks::All].map(Variant::Prepared);
        let [mut unchecked, mut checked] = variants.map(|variant| Host::new(&wasm, variant, 2));
        for _ in 0..2 {
            prop_assert_eq!(unchecked.call("f", &addresses), checked.call("f", &addresses));
            prop_assert!(unchecked.storage() == checked.storage(), "storage differs");
            checked.put_pages_away().unwrap();
        }
    }
}

#[test]
fn a_function_with_many_loops_and_locals_is_prepared_in_time() {
    let mut text = String::from(r#"(module (import "storage" "memory" (memory 1)) (func (export "f")"#);
    text += &format!("(local{})", " i32".repeat(200));
    for round in 0..12 {
        for local in 0..200 {
            let _ = write!(text, "(local.set {local} (i32.load offset={} (local.get {local})))", round * 4);
        }
        text += "(loop)(block)";
    }
    text += "))";
    let wasm = wat::parse_str(&text).unwrap();
    let start = std::time::Instant::now();
    prepare(&wasm, &Imports::default(), Checks::All).unwrap();
    let with = start.elapsed();
    let start = std::time::Instant::now();
    prepare(&wasm, &Imports::default(), Checks::None).unwrap();
    assert!(with < 40 * start.elapsed() + std::time::Duration::from_millis(200), "{with:?}");
}
