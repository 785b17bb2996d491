//! Nested calls, windows, and what ends with a call.

use super::rows::{Kind, Row, row};

/// The names of exports at 0 of own memory.
const NAMES: &str = "atwxrpdeol2z";

/// Returns code for a call of a function of the contract at this place of own memory, with 4 bytes of input.
fn call(at: u32, function: char, input: u32, gas: u32) -> String {
    let name = NAMES.find(function).expect("a name of an export");
    format!(
        "(i32.store $own (i32.const 60) (i32.const {input})) \
         (drop (call $call (i32.const {at}) (i32.const {name}) (i32.const 1) (i32.const 60) (i32.const 4) (i64.const 0) (i64.const {gas})))"
    )
}

/// Returns code for a call of a function of this contract in a call of this contract.
fn two_deep(function: char, input: u32) -> String {
    format!(
        "(i32.store8 $own (i32.const 64) (i32.const {})) (i32.store $own (i32.const 65) (i32.const {input})) \
         (drop (call $call (i32.const 100) (i32.const 10) (i32.const 1) (i32.const 64) (i32.const 5) (i64.const 0) (i64.const 0)))",
        function as u32
    )
}

/// The own address and that of the first peer.
const SELF: u32 = 100;
const PEER: u32 = 200;

/// A contract whose instance costs little: `a` returns, `t` traps, `p` panics, `r` reverts, `l` uses up its gas; `w` and `x` change as
/// many pages as their argument says, and `x` then traps.
const LEAN: &str = r#"(module (import "storage" "memory" (memory 0))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "panic" (func $panic (param i32 i32)))
  (func $change (param $pages i32) (local $i i32)
    (loop $l
      (i64.store (local.get $i) (i64.add (i64.load (local.get $i)) (i64.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 4096)))
      (br_if $l (local.tee $pages (i32.sub (local.get $pages) (i32.const 1))))))
  (func (export "a"))
  (func (export "t") unreachable)
  (func (export "r") (call $revert (i32.const 0) (i32.const 0)))
  (func (export "l") (loop (br 0)))
  (func (export "w") (param i32) (call $change (local.get 0)))
  (func (export "z") (param i32) (call $change (local.get 0)) (call $revert (i32.const 0) (i32.const 0)))
  (func (export "x") (param i32) (call $change (local.get 0)) unreachable))"#;

/// The gas of an instance of [`LEAN`], and the least with which it changes a page.
const INSTANCE: u32 = 2_500;
const CHANGE: u32 = 16;

/// A contract that has nothing, so that its calls cost least.
const BARE: &str = r#"(module (import "vellum" "panic" (func $panic (param i32 i32))) (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory (export "memory") 0)
  (func (export "a")) (func (export "t") unreachable) (func (export "l") (loop (br 0)))
  (func (export "p") (call $panic (i32.const 0) (i32.const 0))) (func (export "r") (call $revert (i32.const 0) (i32.const 0))))"#;

/// Calls of a peer.
fn of(peer: &str, name: impl Into<String>, code: String) -> Row {
    row(name, code).peers(vec![peer.to_owned()]).once().paged()
}

/// Calls without many pages.
fn small() -> Vec<Row> {
    let with_input = |name: &str, function: u32, length: u32| {
        row(
            name,
            format!(
                "(drop (call $call (i32.const {SELF}) (i32.const {function}) (i32.const {}) (i32.const 0) (i32.const {length}) (i64.const 0) (i64.const 0)))",
                if function == 0 { 1 } else { 2 }
            ),
        )
    };
    let grow = "(drop (memory.grow $own (i32.const 20)))";
    let mut rows: Vec<Row> = vec![
        row("a call of no contract", call(110, 'a', 0, 0)),
        with_input("a call of no function", 1, 0),
        row(
            "a call with too little input",
            "(drop (call $call (i32.const 100) (i32.const 2) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))",
        ),
        row("a call of itself", call(SELF, 'a', 0, 0)),
        row(
            "a static call of itself",
            "(drop (call $call_static (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0)))",
        ),
        of(BARE, "a call", call(PEER, 'a', 0, 0)),
        of(BARE, "a call that traps", call(PEER, 't', 0, 2_501)),
        of(BARE, "a call that panics", call(PEER, 'p', 0, 2_600)),
        of(BARE, "a call that reverts", call(PEER, 'r', 0, 0)),
        of(BARE, "a call that is out of gas", call(PEER, 'l', 0, 2_501)),
        of(BARE, "a call without gas for its instance", call(PEER, 'a', 0, 1)),
        of(LEAN, "a call with storage", call(PEER, 'a', 0, 0)),
        of(LEAN, "a call with storage that traps", call(PEER, 't', 0, INSTANCE + 1)),
        row("a call two deep", two_deep('a', 0)),
        row("calls 500 deep", call(SELF, 'd', 500, 0)).once(),
        row("900 events that are undone", call(SELF, 'e', 900, 0)).once(),
        row(
            "an event of 4 topics",
            "(call $emit (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0) (i64.const 0))",
        )
        .once()
        .most(1000),
        row(
            "an event of no topic",
            "(call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0))",
        )
        .once()
        .most(1000),
        row(
            "an event of 1,000 bytes",
            "(call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i64.const 0))",
        )
        .once()
        .most(1000),
        row("a log of no byte", "(call $log (i32.const 0) (i32.const 0))").once().most(2000),
        row("a log of 1,000 bytes", "(call $log (i32.const 0) (i32.const 1000))").once().most(60),
        row("a log of 1,000 bytes that are no text", "(call $log (i32.const 0) (i32.const 1000))")
            .after("(memory.fill $own (i32.const 0) (i32.const 255) (i32.const 1000))")
            .once()
            .most(60),
        with_input("a call with 1 MiB of input", 0, 1 << 20).after(grow).once(),
        with_input("a call of no function with 1 MiB of input", 1, 1 << 20).after(grow).once(),
        row("a call with 200 KB of output", call(SELF, 'o', 200_000, 0)).once(),
    ];
    rows.iter_mut().for_each(|row| row.is_paged = true);
    rows
}

/// What is written and then undone by a halt cannot be charged: the call has used all its gas.
const UNDONE: &str = "pages that a call writes before it halts";

/// The pagers that detect writes late compare all changed pages at every nested call.
const LATE: &str = "nested calls after many changed pages, under `sigsegv` and `uffd`";

/// Calls that write many pages.
fn pages() -> Vec<Row> {
    let mut rows = Vec::new();
    for pages in [1, 16, 256, 4096] {
        rows.push(of(LEAN, format!("a call that changes {pages} pages"), call(PEER, 'w', pages, 0)));
        rows.push(of(LEAN, format!("a call that changes {pages} pages and reverts"), call(PEER, 'z', pages, 0)));
        let traps = of(
            LEAN,
            format!("a call that changes {pages} pages and traps"),
            call(PEER, 'x', pages, INSTANCE + 7 + pages * CHANGE),
        );
        rows.push(if pages > 1 { traps.exempt(UNDONE) } else { traps });
        rows.push(row(format!("a call two deep that changes {pages} pages"), two_deep('w', pages)).once().paged());
        let whole = format!("(call $change (i32.const {pages}))");
        rows.push(
            row(format!("a top-level call that changes {pages} pages, warm"), whole.clone()).whole(Kind::Warm).paged(),
        );
        rows.push(row(format!("a top-level call that changes {pages} pages, cold"), whole).whole(Kind::Cold).paged());
    }
    for pages in [100, 1_000, 30_000] {
        let setup = format!("(call $change (i32.const {pages}))");
        for (name, code) in [
            ("a call that returns", call(PEER, 'a', 0, 0)),
            ("a call that traps", call(PEER, 't', 0, INSTANCE + 1)),
            ("a call that changes a page", call(PEER, 'w', 1, 0)),
            ("a call that changes a page and traps", call(PEER, 'x', 1, INSTANCE + 30)),
            ("a call two deep that changes a page", two_deep('w', 1)),
        ] {
            let name = format!("{name}, after {pages} changed pages");
            rows.push(of(LEAN, name, code).after(setup.clone()).late(LATE));
        }
    }
    rows
}

/// Windows.
fn windows() -> Vec<Row> {
    let mut rows = Vec::new();
    let map_all = |count: u32, length: u32| {
        format!(
            "(drop (memory.grow $own (i32.const 500))) (local.set $i (i32.const 65536)) (loop $map \
               (call $map (local.get $i) (local.get $i) (i32.const {length})) \
               (local.set $i (i32.add (local.get $i) (i32.const {length}))) \
               (br_if $map (i32.lt_u (local.get $i) (i32.const {}))))",
            65536 + count * length
        )
    };
    rows.push(row("storageMap of 0 bytes", "(call $map (i32.const 0) (i32.const 0) (i32.const 0))"));
    rows.push(
        row(
            "storageMap of 0 bytes beside 1,000 windows",
            "(call $map (i32.const 4096) (i32.const 4096) (i32.const 0))",
        )
        .after(map_all(1_000, 4096)),
    );
    rows.push(row("storageMap of 1,000 windows of a page", map_all(1_000, 4096)).whole(Kind::Warm));
    rows.push(row("storageMap of 7,000 windows of a page", map_all(7_000, 4096)).whole(Kind::Warm));
    rows.push(row("storageMap of 7,000 windows of a page, cold", map_all(7_000, 4096)).whole(Kind::Cold));
    rows.push(row("storageMap of 28 MB", map_all(1, 28_672_000)).whole(Kind::Warm));
    rows.push(row("a call beside 1,000 windows of a page", call(SELF, 'a', 0, 0)).after(map_all(1_000, 4096)).once());
    rows.into_iter().map(Row::paged).collect()
}

/// Everything of this file.
pub fn rows() -> Vec<Row> {
    let mut rows = small();
    rows.extend(pages());
    rows.extend(windows());
    rows
}
