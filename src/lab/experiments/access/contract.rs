//! The contracts of the experiment. They are generated from two loops, and an operation at each address.
//!
//! A function makes `sweeps` sweeps over the same addresses. A `stride` function goes from `start` to `end` in steps; a
//! `random` function goes over `count` random words. Own memory is first filled like storage, so that both hold the same
//! bytes and neither is the kernel's zero page.

/// The factor of the initial words: each is its address times this.
pub const PATTERN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The byte that copies from own memory to storage write.
pub const FILLING: u8 = 0x5A;

/// The word that stores write. It is the same in both byte orders, as registers are big-endian.
pub const STORED: u64 = 0x0123_4567_6745_2301;

/// Bytes of storage and of own memory that are accessed.
pub const SPAN: u32 = 256 << 10;

/// The offsets of a record's words, in the order of reading: once the first and the last are checked, the words between them
/// need no page check.
pub const RECORD: [u32; 8] = [0, 56, 8, 16, 24, 32, 40, 48];

/// The contract for own memory and for mapped storage.
pub fn mapped() -> String {
    let functions = accesses("own", "$own") + &accesses("mapped", "$storage");
    let imports = r#"(import "storage" "memory" (memory $storage 16)) (memory $own (export "memory") 5)"#;
    contract(imports, "", &format!("(i64.store $storage (local.get $at) {WORD})"), &fill_own(), &functions)
}

/// The contract for a window over the whole span, at the same address in own memory.
pub fn window() -> String {
    let imports = r#"(import "ewasm" "storageMap" (func $map (param i32 i32 i32))) (memory $own (export "memory") 5)"#;
    let map = format!("(call $map (i32.const 0) (i32.const 0) (i32.const {SPAN}))");
    contract(imports, &map, &format!("(i64.store $own (local.get $at) {WORD})"), &map, &accesses("window", "$own"))
}

/// The functions that access a memory with instructions.
fn accesses(place: &str, memory: &str) -> String {
    let record = RECORD.map(|offset| add(&format!("(i64.load {memory} offset={offset} (local.get $at))"))).concat();
    [
        ("load", add(&format!("(i64.load {memory} (local.get $at))"))),
        ("load record", record),
        ("store", format!("(i64.store {memory} (local.get $at) (i64.const {STORED}))")),
        ("copy in", format!("(memory.copy $own {memory} {BUFFER} (local.get $at) (local.get $length)) {}", copied())),
        ("copy out", format!("(memory.copy {memory} $own (local.get $at) {BUFFER} (local.get $length))")),
    ]
    .map(|(name, body)| both_loops(&format!("{name} {place}"), &body))
    .concat()
}

/// The contract for slices and registers. It maps no storage, so that it does not pay for that.
pub fn slices() -> String {
    let place = "(i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))";
    let following = "(i32.add (i32.shr_u (local.get $at) (i32.const 12)) (i32.const 1)) (i32.const 0)";
    let read = |place, length, to| format!("(call $read {place} {length} (i32.const 0) {to})");
    let write = |from, length, place| format!("(call $write (i32.const 0) {from} {length} {place})");
    let (bytes_4, bytes_8, zero, four) = ("(i32.const 4)", "(i32.const 8)", "(i32.const 0)", "(i32.const 4)");
    let load = add("(i64.load $own (i32.const 0))");
    let store = format!("(i64.store $own (i32.const 0) (i64.const {STORED}))");
    let register = "(i32.const 64) (i32.const 0)";
    let mut functions = String::new();
    for (name, body) in [
        ("load slice", format!("{} {load}", read(place, bytes_8, zero))),
        ("load slices", format!("{} {} {load}", read(place, bytes_4, zero), read(following, bytes_4, four))),
        (
            "load register",
            format!(
                "(call $read_to_register {place} {bytes_8} {register}) {}",
                add(&format!("(call $register {register})"))
            ),
        ),
        ("store slice", format!("{store} {}", write(zero, bytes_8, place))),
        ("store slices", format!("{store} {} {}", write(zero, bytes_4, place), write(four, bytes_4, following))),
        (
            "store register",
            format!(
                "(call $set_register (i64.const {STORED}) {register})
                 (call $write_from_register {register} {bytes_8} {place})"
            ),
        ),
        ("copy in slice", format!("{} {}", read(place, "(local.get $length)", BUFFER), copied())),
        ("copy out slice", write(BUFFER, "(local.get $length)", place)),
        ("empty call", add("(i64.extend_i32_u (call $input_len))")),
    ] {
        functions += &both_loops(name, &body);
    }
    let fill = format!("(i64.store $own (i32.const 0) {WORD}) {}", write(zero, bytes_8, place));
    contract(SLICE_IMPORTS, "", &fill, &fill_own(), &functions)
}

/// The buffer of copies in own memory, above the span.
const BUFFER: &str = "(i32.const 0x40000)";

/// The initial word at `$at`.
const WORD: &str = "(i64.mul (i64.extend_i32_u (local.get $at)) (i64.const 0x9E3779B97F4A7C15))";

const SLICE_IMPORTS: &str = r#"
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_reg" (func $read_to_register (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_reg" (func $write_from_register (param i32 i32 i32 i32 i32)))
  (import "svm" "reg_read_be_i64" (func $register (param i32 i32) (result i64)))
  (import "svm" "reg_write_be_i64" (func $set_register (param i64 i32 i32)))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (memory $own (export "memory") 5)"#;

fn add(value: &str) -> String {
    format!("(local.set $sum (i64.add (local.get $sum) {value}))")
}

/// Reads a copied byte.
fn copied() -> String {
    add(&format!("(i64.load8_u $own {BUFFER})"))
}

/// Fills own memory like storage.
fn fill_own() -> String {
    every_word(&format!("(i64.store $own (local.get $at) {WORD})"))
}

/// A loop over all words of the span.
fn every_word(body: &str) -> String {
    format!(
        "(loop $next
      {body}
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const {SPAN}))))"
    )
}

/// A contract with these functions. `fill` writes each word of storage, after `first`; `prepare` precedes the measured loops.
fn contract(imports: &str, first: &str, fill: &str, prepare: &str, functions: &str) -> String {
    let fill = every_word(fill);
    format!(
        r#"(module {imports}
  (func (export "fill") (result i64) (local $at i32)
    {first}
    {fill}
    (i64.const 0))
  (func $prepare (local $at i32)
    (memory.fill $own {BUFFER} (i32.const {FILLING}) (i32.const 4096))
    {prepare})
  {functions})"#
    )
}

/// A stride function and a random function, which both execute `body` at every address.
fn both_loops(name: &str, body: &str) -> String {
    format!(
        r#"
  (func (export "stride: {name}")
    (param $sweeps i64) (param $start i32) (param $step i32) (param $end i32) (param $length i32) (result i64)
    (local $at i32) (local $sum i64)
    (call $prepare)
    (loop $sweep
      (local.set $at (local.get $start))
      (loop $next
        {body}
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
      (local.set $sweeps (i64.sub (local.get $sweeps) (i64.const 1)))
      (br_if $sweep (i64.ne (local.get $sweeps) (i64.const 0))))
    (local.get $sum))
  (func (export "random: {name}")
    (param $sweeps i64) (param $seed i64) (param $count i32) (param $mask i32) (param $length i32) (result i64)
    (local $at i32) (local $sum i64) (local $left i32) (local $x i64)
    (call $prepare)
    (loop $sweep
      (local.set $x (local.get $seed))
      (local.set $left (local.get $count))
      (loop $next
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $at (i32.and (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 33))) (local.get $mask)))
        {body}
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $next (local.get $left)))
      (local.set $sweeps (i64.sub (local.get $sweeps) (i64.const 1)))
      (br_if $sweep (i64.ne (local.get $sweeps) (i64.const 0))))
    (local.get $sum))"#
    )
}
