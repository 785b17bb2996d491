//! Storage inside own memory.

use super::rows::{Row, row};

/// A row of a contract whose storage lies inside its own memory, at `(call $base)`.
fn inside(name: &str, setup: &str, code: &str, unrolled: usize) -> Row {
    let module = format!(
        r#"(module (import "storage" "base" (func $base (result i32)))
          (import "vellum" "self_address" (func $self (param i32)))
          (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
          (memory (export "memory") 4) (data (i32.const 0) "a") (global $g (mut i64) (i64.const 0))
          (func (export "a")) (func (export "r"))
          (func (export "f") (param $n i32) (local $i i32) (local $l i64) (local $v v128) (local $c i32)
            (call $self (i32.const 100))
            {setup}
            (loop $round {} (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (global.set $g (i64.add (local.get $l) (i64x2.extract_lane 0 (local.get $v))))))"#,
        code.repeat(unrolled)
    );
    let row = row(format!("{name}, with storage inside own memory"), "").paged();
    let row = Row { module: Some(module), ..row };
    if unrolled == 1 { row.once() } else { row }
}

/// Accesses and bulk instructions in both parts of the memory, and re-entry.
pub fn rows() -> Vec<Row> {
    let next = "(local.set $i (i32.and (i32.add (local.get $i) (i32.const 4096)) (i32.const 8191)))";
    let mut rows = Vec::new();
    for (what, base) in [("own memory", "(i32.const 16384)"), ("storage", "(call $base)")] {
        for (name, at) in [("", 0), (", across two pages", 4092)] {
            let at = format!("(i32.add (i32.add (local.get $i) (i32.const {at})) {base})");
            let load = format!("(local.set $l (i64.add (local.get $l) (i64.load {at}))){next}");
            let store = format!("(i64.store {at} (local.get $l)){next}");
            rows.push(inside(&format!("i64.load of {what}{name}"), "", &load, 8));
            rows.push(inside(&format!("i64.store of {what}{name}"), "", &store, 8));
        }
        for length in [0, 1, 64, 4096] {
            let setup = format!("(local.set $c (i32.const {length}))");
            let fill = format!("(memory.fill {base} (i32.const 0) (local.get $c))");
            rows.push(inside(&format!("memory.fill of {length} bytes of {what}"), &setup, &fill, 8));
            for (from, source) in
                [("own memory", "(i32.const 65536)"), ("storage", "(i32.add (call $base) (i32.const 65536))")]
            {
                let copy = format!("(memory.copy {base} {source} (local.get $c))");
                rows.push(inside(&format!("memory.copy of {length} bytes from {from} to {what}"), &setup, &copy, 8));
            }
        }
    }
    let call = "(drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))";
    rows.push(inside("a call of itself", "", call, 1));
    for pages in [64, 500, 16_000] {
        let write = format!(
            "(drop (memory.grow (i32.const 1020))) (loop $page (i32.store8 (local.get $i) (i32.const 97)) \
             (br_if $page (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const {}))))",
            pages * 4096
        );
        rows.push(inside(&format!("a call of itself that has written {pages} pages of own memory"), &write, call, 1));
    }
    rows
}
