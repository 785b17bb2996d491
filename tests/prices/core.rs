//! Memories, tables, variables and control.

use super::rows::{Row, row};

/// Programs whose time for a unit of gas is the base: what compilers make of loops over arrays, recursion and branches.
pub fn ordinary() -> Vec<Row> {
    let functions = r#"
      (func $hash (result i64) (local $at i32) (local $hash i64)
        (local.set $hash (i64.const 0xcbf29ce484222325))
        (loop $byte
          (local.set $hash (i64.mul (i64.xor (local.get $hash) (i64.load8_u $own (local.get $at))) (i64.const 0x100000001b3)))
          (br_if $byte (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 1024))))
        (local.get $hash))
      (func $fibonacci (param $n i32) (result i32)
        (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
          (then (local.get $n))
          (else (i32.add (call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
                         (call $fibonacci (i32.sub (local.get $n) (i32.const 2)))))))
      (func $sum (result i64) (local $at i32) (local $sum i64)
        (loop $word
          (local.set $sum (i64.add (local.get $sum) (i64.load $own (local.get $at))))
          (i64.store $own offset=8192 (local.get $at) (local.get $sum))
          (br_if $word (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 1024))))
        (local.get $sum))
      (func $sort (local $at i32) (local $to i32) (local $value i32) (local $seed i32)
        (local.set $seed (i32.const 12345))
        (loop $fill
          (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
          (i32.store $own offset=16384 (local.get $at) (i32.shr_u (local.get $seed) (i32.const 8)))
          (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 256))))
        (local.set $at (i32.const 4))
        (loop $next
          (local.set $value (i32.load $own offset=16384 (local.get $at)))
          (local.set $to (local.get $at))
          (block $found
            (loop $down
              (br_if $found (i32.eqz (local.get $to)))
              (br_if $found (i32.le_u (i32.load $own offset=16380 (local.get $to)) (local.get $value)))
              (i32.store $own offset=16384 (local.get $to) (i32.load $own offset=16380 (local.get $to)))
              (local.set $to (i32.sub (local.get $to) (i32.const 4)))
              (br $down)))
          (i32.store $own offset=16384 (local.get $to) (local.get $value))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 256)))))"#;
    [
        ("a hash of bytes", "(local.set $l (i64.xor (local.get $l) (call $hash)))"),
        ("Fibonacci numbers by recursion", "(local.set $i (call $fibonacci (i32.const 12)))"),
        ("sums of an array", "(local.set $l (i64.add (local.get $l) (call $sum)))"),
        ("sorting by insertion", "(call $sort)"),
    ]
    .map(|(name, code)| row(name, code).with(functions))
    .into()
}

/// Loads and stores of every kind, on both memories, aligned and not.
pub fn accesses() -> Vec<Row> {
    let mut rows = Vec::new();
    for memory in ["$own", "$storage"] {
        let kind = if memory == "$own" { "own memory" } else { "storage" };
        let paged = |row: Row| if memory == "$own" { row } else { row.paged() };
        for (load, ty) in [("i32.load", "$i"), ("i64.load", "$l"), ("i32.load8_u", "$i"), ("i64.load16_s", "$l")] {
            let address = if ty == "$i" { "(local.get $i)" } else { "(i32.wrap_i64 (local.get $l))" };
            let code = format!("(local.set {ty} ({load} {memory} offset=16384 {address}))");
            rows.push(paged(row(format!("{load} of {kind}, one after another"), code)));
        }
        for (name, at) in [("", "8192"), (", across two pages", "8188")] {
            let address = format!("(i32.add (i32.and (local.get $i) (i32.const 4096)) (i32.const {at}))");
            let next = "(local.set $i (i32.add (local.get $i) (i32.const 4096)))";
            let store = |what: &str, value: &str| format!("({what} {memory} {address} {value}){next}");
            rows.push(paged(row(format!("i64.store of {kind}{name}"), store("i64.store", "(local.get $l)"))));
            rows.push(paged(row(format!("i32.store8 of {kind}{name}"), store("i32.store8", "(local.get $i)"))));
            rows.push(paged(row(format!("v128.store of {kind}{name}"), store("v128.store", "(local.get $v)"))));
            rows.push(paged(row(
                format!("v128.store8_lane of {kind}{name}"),
                format!("(v128.store8_lane {memory} 3 {address} (local.get $v)){next}"),
            )));
            for load in ["v128.load", "v128.load8x8_s", "v128.load32_splat", "v128.load64_zero"] {
                rows.push(paged(row(
                    format!("{load} of {kind}{name}"),
                    format!("(local.set $v (v128.xor (local.get $v) ({load} {memory} {address}))){next}"),
                )));
            }
            rows.push(paged(row(
                format!("v128.load16_lane of {kind}{name}"),
                format!("(local.set $v (v128.load16_lane {memory} 5 {address} (local.get $v))){next}"),
            )));
        }
    }
    rows.push(
        row(
            "i32.load of own memory that no cache of the processor has",
            "(local.set $i (i32.load $own (local.get $i)))",
        )
        .after(CHAIN)
        .exempt("misses of the processor's caches"),
    );
    rows
}

/// Makes a chain of addresses through all of 64 MiB, each 4,160 bytes or more from the last.
const CHAIN: &str = "(drop (memory.grow $own (i32.const 1020))) \
    (local.set $i (i32.const 16384)) \
    (loop $chain \
      (i32.store $own (local.get $i) (local.tee $n2 (i32.add (i32.rem_u (i32.add (i32.mul (local.get $i) (i32.const 5)) (i32.const 12345664)) (i32.const 66977792)) (i32.const 16384)))) \
      (local.set $i (local.get $n2)) \
      (br_if $chain (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 1))) (i32.const 1000000))))";

/// Instructions on many bytes, by direction and length. The compiler does not know the length.
pub fn bulk() -> Vec<Row> {
    let mut rows = Vec::new();
    for length in [0, 1, 2, 3, 7, 15, 16, 17, 33, 64, 200, 700, 1000, 2000, 4096, 65536] {
        let bulk = |name: String, code: String| {
            row(name, code.replace("LENGTH", "(local.get $c)"))
                .after(format!("(local.set $c (i32.const {length}))"))
                .paged()
        };
        for to in ["$own", "$storage"] {
            let name = to.trim_start_matches('$');
            rows.push(bulk(
                format!("memory.fill of {length} bytes of {name}"),
                format!("(memory.fill {to} (i32.const 65536) (i32.const 0) LENGTH)"),
            ));
            if length <= 64 {
                rows.push(bulk(
                    format!("memory.init of {length} bytes of {name}"),
                    format!("(memory.init {to} $data (i32.const 65536) (i32.const 0) LENGTH)"),
                ));
            }
            for from in ["$own", "$storage"] {
                rows.push(bulk(
                    format!("memory.copy of {length} bytes from {} to {name}", &from[1..]),
                    format!("(memory.copy {to} {from} (i32.const 131072) (i32.const 65536) LENGTH)"),
                ));
            }
        }
    }
    rows
}

/// Tables, growth, variables and control.
pub fn others() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        ("select", "(local.set $l (select (local.get $l) (i64.const 3) (i32.wrap_i64 (local.get $l))))"),
        ("local.tee", "(drop (local.tee $l (i64.add (local.get $l) (i64.const 1))))"),
        ("global.set", "(global.set $g (i64.add (global.get $g) (i64.const 1)))"),
        ("memory.size of own", "(local.set $i (i32.add (local.get $i) (memory.size $own)))"),
        ("memory.size of storage", "(local.set $i (i32.add (local.get $i) (memory.size $storage)))"),
        ("memory.grow by 0", "(drop (memory.grow $own (i32.const 0)))"),
        ("memory.grow of storage", "(drop (memory.grow $storage (i32.const 1)))"),
        ("data.drop", "(data.drop $data)"),
        ("table.size", "(local.set $i (i32.add (local.get $i) (table.size $t)))"),
        ("table.get", "(local.set $r (table.get $t (i32.and (local.get $i) (i32.const 1))))"),
        ("table.set", "(table.set $t (i32.const 1) (local.get $r))"),
        ("table.grow by 0", "(drop (table.grow $t (ref.null func) (i32.const 0)))"),
        ("table.grow that fails", "(drop (table.grow $t (ref.null func) (i32.const -1)))"),
        ("elem.drop", "(elem.drop $e)"),
        ("ref.func", "(local.set $r (ref.func $leaf))"),
        ("ref.is_null", "(local.set $i (ref.is_null (local.get $r)))"),
        ("ref.null", "(local.set $r (ref.null func))"),
        ("call", "(call $leaf)"),
        ("call of a function with 64 parameters", "(call $many MANY)"),
        ("call of a function with many locals", "(local.set $l (call $locals (local.get $l)))"),
        ("call of a function that calls", "(call $caller_of_leaf)"),
        ("call_indirect", "(call_indirect $t (i32.const 0))"),
        ("call_indirect of different functions", "(call_indirect $t (i32.and (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))"),
        ("loop", "(loop)"),
        ("if", "(if (i32.wrap_i64 (local.get $l)) (then (local.set $l (i64.add (local.get $l) (i64.const 1)))))"),
        ("if that is not predicted", "(local.set $l (i64.add (i64.mul (local.get $l) (i64.const 6364136223846793005)) (i64.const 1442695040888963407))) (if (i64.lt_s (local.get $l) (i64.const 0)) (then (local.set $i (i32.add (i32.xor (local.get $i) (i32.const 5)) (i32.const 1)))))"),
        ("br_table", "(block (br_table 0 0 0 0 (local.get $i)))"),
        ("br_table that is not predicted", "(local.set $l (i64.add (i64.mul (local.get $l) (i64.const 6364136223846793005)) (i64.const 1442695040888963407))) (block $a (block $b (block $c (block $d (br_table $a $b $c $d (i32.wrap_i64 (i64.shr_u (local.get $l) (i64.const 62))))) (local.set $i (i32.const 1)) (br $a)) (local.set $i (i32.mul (local.get $i) (i32.const 3))) (br $a)) (local.set $i (i32.add (local.get $i) (i32.const 7))))"),
    ]
    .into_iter()
    .map(|(name, code)| row(name, code.replace("MANY", &"(i64.const 1)".repeat(64))).with(MORE))
    .collect();
    for count in [0, 1, 4] {
        let table = |name: &str, code: &str| {
            row(format!("{name} of {count} elements"), code.replace("COUNT", "(local.get $c)"))
                .after(format!("(local.set $c (i32.const {count}))"))
        };
        rows.push(table("table.fill", "(table.fill $t (i32.const 0) (local.get $r) COUNT)"));
        rows.push(table("table.copy", "(table.copy $t $t (i32.const 0) (i32.const 0) COUNT)"));
        rows.push(table("table.init", "(table.init $t $e (i32.const 0) (i32.const 0) COUNT)"));
    }
    rows.push(
        row("memory.grow that fails", "(drop (memory.grow $own (i32.const 1)))")
            .after("(drop (memory.grow $own (i32.const 1020)))"),
    );
    let large = format!("(table $large 10000 funcref) (elem $elements func {})", "$leaf ".repeat(9_000));
    rows.push(
        row("table.fill of 9,000 elements", "(table.fill $large (i32.const 0) (local.get $r) (i32.const 9000))")
            .with(&large),
    );
    rows.push(
        row("table.copy of 9,000 elements", "(table.copy $large $large (i32.const 1) (i32.const 0) (i32.const 9000))")
            .with(&large),
    );
    rows.push(
        row(
            "table.init of 9,000 elements",
            "(table.init $large $elements (i32.const 0) (i32.const 0) (i32.const 9000))",
        )
        .with(&large),
    );
    rows
}

/// Functions of the rows above.
const MORE: &str = "(func $many (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 \
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 \
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)) \
    (func $caller_of_leaf (call $leaf)) \
    (func $locals (param i64) (result i64) (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (local.get 0))";
