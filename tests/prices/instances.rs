//! Instances and visits.

use super::contract::contract;
use super::rows::{Kind, Row, row};

/// A contract of which every call needs a new instance, with this in its module.
fn single_use(fields: &str, code: &str) -> String {
    format!(
        r#"(module (table $t 1 funcref) {fields} (func (export "s") (table.set $t (i32.const 0) (ref.null func))) (func (export "a") {code}))"#
    )
}

/// Calls of one contract, again and again.
fn of_peer(name: &str, peer: String) -> Row {
    let code = "(drop (call $call (i32.const 200) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))";
    row(format!("an instance {name}"), code).peers(vec![peer]).once().paged()
}

/// Code that writes a byte of every page of own memory, up to this many.
fn touch(pages: u32) -> String {
    format!(
        "(local $i i32) (loop $l (i32.store8 (local.get $i) (i32.const 1)) \
         (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const {}))))",
        pages * 4096
    )
}

/// Instances with much of everything.
fn instances() -> Vec<Row> {
    let globals: String = (0..1000).map(|n| format!("(global (mut i64) (i64.const {n}))")).collect();
    let constants: String = (0..1000).map(|n| format!("(global i64 (i64.const {n}))")).collect();
    let elements =
        format!("(table 10000 funcref) (elem (table 1) (i32.const 0) func {}) (func $x)", "$x ".repeat(10_000));
    let passive = format!("(elem func {}) (func $x)", "$x ".repeat(10_000));
    let segments: String = (0..9_000).map(|n| format!("(data (i32.const {n}) \"\")")).collect();
    let element_segments: String = (0..9_000).map(|_| "(elem (table 0) (i32.const 0) func)".to_owned()).collect();
    let spread: String = (0..9_000).map(|n| format!("(data (i32.const {}) \"x\")", n * 7_000)).collect();
    let image = format!("(memory 1024) (data (i32.const 0) \"{}\")", "x".repeat(3 << 20));
    let exports: String = (0..5_000).map(|n| format!("(export \"e{n}\" (func $y))")).collect::<String>() + "(func $y)";
    let tables = "(table 10000 funcref) (table 10000 funcref) (table 10000 funcref)";
    vec![
        of_peer("of nothing", single_use("", "")),
        of_peer(
            "with a storage",
            single_use("(import \"storage\" \"memory\" (memory 0))", "").replace(
                "(table $t 1 funcref) (import \"storage\" \"memory\" (memory 0))",
                "(import \"storage\" \"memory\" (memory 0)) (table $t 1 funcref)",
            ),
        ),
        of_peer("with an own memory of 1 wasm page", single_use("(memory 1)", "")),
        of_peer("with an own memory of 4 wasm pages", single_use("(memory 4)", "")),
        of_peer("with an own memory of 17 wasm pages", single_use("(memory 17)", "")),
        of_peer("with an own memory of 1,024 wasm pages", single_use("(memory 1024)", "")),
        of_peer("with 1,000 mutable globals", single_use(&globals, "")),
        of_peer("with 1,000 globals", single_use(&constants, "")),
        of_peer("with 10,000 elements", single_use(&elements, "")),
        of_peer("with 10,000 passive elements", single_use(&passive, "")),
        of_peer("with 9,000 empty data segments", single_use(&format!("(memory 1) {segments}"), "")),
        of_peer("with 9,000 empty element segments", single_use(&element_segments, "")),
        of_peer("with 9,000 bytes in as many pages", single_use(&format!("(memory 1024) {spread}"), "")),
        of_peer("with an image of 3 MiB", single_use(&image, "")),
        of_peer("with 5,000 exports", single_use(&exports, "")),
        of_peer("with tables of 30,000 elements", single_use(tables, "")),
        of_peer("kept, with 1,000 mutable globals", format!("(module {globals} (func (export \"a\")))")),
        of_peer(
            "kept, that writes 16 pages of own memory",
            format!("(module (memory 1) (func (export \"a\") {}))", touch(16)),
        ),
        of_peer(
            "kept, that writes 64 pages of own memory",
            format!("(module (memory 4) (func (export \"a\") {}))", touch(64)),
        ),
        of_peer(
            "kept, that writes 500 pages of own memory",
            format!("(module (memory 1024) (func (export \"a\") {}))", touch(500)),
        ),
        of_peer("that writes 16 pages of own memory", single_use("(memory 1)", &touch(16))),
        of_peer("that writes 64 pages of own memory", single_use("(memory 4)", &touch(64))),
        of_peer("that writes 512 pages of own memory", single_use("(memory 32)", &touch(512))),
        of_peer("that writes 16,384 pages of own memory", single_use("(memory 1024)", &touch(16_384))),
        of_peer(
            "large, that writes 600 pages of own memory",
            format!("(module (memory 1024) (func (export \"a\") {}))", touch(600)),
        ),
        of_peer(
            "large, that writes 16,384 pages of own memory",
            format!("(module (memory 1024) (func (export \"a\") {}))", touch(16_384)),
        ),
        of_peer(
            "that grows its own memory and writes 16,384 pages",
            format!(
                "(module (memory 0) (func (export \"a\") (drop (memory.grow (i32.const 1024))) {}))",
                touch(16_384).replace("(local $i i32)", "")
            )
            .replace("(func (export \"a\")", "(func (export \"a\") (local $i i32)"),
        ),
        of_peer(
            "that grows its own memory",
            "(module (memory 0) (func (export \"a\") (drop (memory.grow (i32.const 1024)))))".to_owned(),
        ),
    ]
}

/// Calls of many contracts, one after the other.
fn visits() -> Vec<Row> {
    let all = |function: u32| {
        format!(
            "(local.set $i (i32.const 200)) (loop $each \
        (drop (call $call (local.get $i) (i32.const {function}) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))) \
        (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 20))) (i32.const 4200))))"
        )
    };
    let tiny = "(module (func (export \"a\")))".to_owned();
    let stored = "(module (import \"storage\" \"memory\" (memory 1)) (memory 1) (func (export \"a\") (i32.store 0 (i32.const 0) (i32.const 0))))".to_owned();
    let large = format!("(module (import \"storage\" \"memory\" (memory 1)) (memory 1) (func (export \"a\")) {})", "(func (param i64 i64) (result i64) (i64.mul (i64.add (local.get 0) (i64.const 0x123456789abc)) (i64.sub (local.get 1) (local.get 0))))".repeat(1_500));
    let mut rows = Vec::new();
    for (name, peer) in [
        ("tiny", &tiny),
        ("with both memories", &stored),
        ("of 36 KB", &large),
        ("of the test", &contract("", "", "", 1)),
    ] {
        let peers = vec![peer.clone(); 200];
        rows.push(row(format!("visits of 200 contracts {name}, cold"), all(0)).peers(peers.clone()).whole(Kind::Cold));
        rows.push(row(format!("visits of 200 contracts {name}, warm"), all(0)).peers(peers.clone()).whole(Kind::Warm));
        rows.push(
            row(format!("visits of 200 contracts {name} without a call, cold"), all(11)).peers(peers).whole(Kind::Cold),
        );
    }
    let peers = vec![tiny.clone(); 200];
    rows.push(row("a call of itself after 200 visits", "(drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))").after(all(0)).peers(peers.clone()).once());
    rows.push(row("a call of the last contract after 200 visits", "(drop (call $call (i32.const 4180) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))").after(all(0)).peers(peers.clone()).once());
    rows.push(row("a static call of the last contract after 200 visits", "(drop (call $call_static (i32.const 4180) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0)))").after(all(0)).peers(peers).once());
    rows.push(row("a top-level call, warm", "").whole(Kind::Warm));
    rows.push(row("a top-level call, cold", "").whole(Kind::Cold));
    rows.into_iter().map(Row::paged).collect()
}

pub fn rows() -> Vec<Row> {
    let mut rows = instances();
    rows.extend(visits());
    rows
}
