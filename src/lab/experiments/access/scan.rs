//! A dense array from end to end: one 8-byte read after another over more than any cache holds.

use std::time::Duration;

use super::contract::PATTERN;
use super::names::{OWN, RESIDENT, SCAN, SLICE, SOFT};
use super::passes::{Deployed, Judge, Passes};
use crate::lab::experiments::context::Comparison;
use crate::lab::experiments::{Context, Cost, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::workloads::{Linear, call};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::Value;

/// Name, contract, function and pager.
const LINES: [(&str, usize, &str, PagerKind); 4] = [
    (OWN, 0, "own", PagerKind::Soft),
    (SOFT, 0, "mapped", PagerKind::Soft),
    (RESIDENT, 0, "mapped", PagerKind::Resident),
    (SLICE, 1, "slices", PagerKind::Soft),
];

/// A third of the rounds: even the shortest sample is long, and as long as the array.
pub fn cost(settings: &Settings) -> Cost {
    let least = Duration::from_micros(130) * settings.access.array_wasm_pages as u32;
    Cost { least, ..Cost::new(130, 200).thinned(3) }
}

/// How many arms there are.
pub const ARMS: usize = LINES.len();

/// Passes of a unit: one alone is short against what a call costs that fills the contract's own memory first.
const PASSES: u64 = 16;

/// Samples it.
pub fn compare(context: &mut Context<'_>) -> Result<Option<Group>, LabError> {
    let pages = context.settings.access.array_wasm_pages;
    let bytes = pages << 16;
    let title = format!("{} KiB", bytes >> 10);
    let title = if bytes >> 20 > 0 { format!("{} MiB", bytes >> 20) } else { title };
    let deployed = [Deployed::new(&mapped(pages))?, Deployed::new(&slices(bytes))?];
    let mut storage = Linear::default();
    let mut sum = 0_u64;
    for at in (0..bytes).step_by(8) {
        storage.store(at, at.wrapping_mul(PATTERN));
        sum = sum.wrapping_add(at.wrapping_mul(PATTERN));
    }
    let passes = |(_, contract, function, pager): (&str, usize, &'static str, PagerKind)| {
        let Deployed { world, address } = &deployed[contract];
        let judge = Judge { what: format!("{function} ({pager})"), sum, state: storage.state_root(address) };
        let make = move |passes: u64| call(*address, function, vec![Value::I64(passes as i64)], pager);
        Passes { world, judge, make: Box::new(make) }
    };
    let lines = LINES.map(passes);
    let arms = LINES.iter().zip(&lines).map(|((name, ..), passes)| Arm {
        name: (*name).to_owned(),
        per_unit: PASSES * bytes / 8,
        batch: Box::new(|units| passes.time(PASSES * units)),
    });
    let comparison =
        Comparison { section: SCAN, title: &title, per: Per::Access, base: OWN, cost: cost(&context.settings) };
    let Some(mut group) = context.compare(&comparison, arms.collect())? else { return Ok(None) };
    for (arm, passes) in group.arms.iter_mut().zip(&lines) {
        arm.counts = passes.events()?;
    }
    group.note = Some("a slice is a whole page, which is then read from own memory".to_owned());
    Ok(Some(group))
}

/// Own memory and mapped storage, with the same words in both. Own memory is filled for both, so that the two functions
/// differ in nothing but the memory that is read.
fn mapped(pages: u64) -> String {
    let bytes = pages << 16;
    format!(
        r#"(module (import "storage" "memory" (memory $storage {pages})) (memory $own (export "memory") {pages})
  {}
  (func $fill_own (local $at i32) {})
  {} {})"#,
        fill(bytes, &format!("(i64.store $storage (local.get $at) {WORD})")),
        each(bytes, 8, &format!("(i64.store $own (local.get $at) {WORD})")),
        sum("mapped", "(call $fill_own)", &each(bytes, 8, &add("$storage"))),
        sum("own", "(call $fill_own)", &each(bytes, 8, &add("$own"))),
    )
}

fn slices(bytes: u64) -> String {
    let place = "(i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))";
    let read = "(call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 0))";
    let page = r#"(local.set $in (i32.const 0))
      (loop $word
        (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $in))))
        (local.set $in (i32.add (local.get $in) (i32.const 8)))
        (br_if $word (i32.lt_u (local.get $in) (i32.const 4096))))"#;
    format!(
        r#"(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  {}
  {})"#,
        fill(
            bytes,
            &format!(
                "(i64.store (i32.const 0) {WORD}) (call $write (i32.const 0) (i32.const 0) (i32.const 8) {place})"
            )
        ),
        sum("slices", "", &each(bytes, 4_096, &format!("{read} {page}"))),
    )
}

/// The word at `$at`.
const WORD: &str = "(i64.mul (i64.extend_i32_u (local.get $at)) (i64.const 0x9E3779B97F4A7C15))";

fn add(memory: &str) -> String {
    format!("(local.set $sum (i64.add (local.get $sum) (i64.load {memory} (local.get $at))))")
}

fn fill(bytes: u64, body: &str) -> String {
    format!(r#"(func (export "fill") (result i64) (local $at i32) {} (i64.const 0))"#, each(bytes, 8, body))
}

/// Does something at each address in steps.
fn each(bytes: u64, step: u32, body: &str) -> String {
    format!(
        r#"(local.set $at (i32.const 0))
    (loop $next
      {body}
      (local.set $at (i32.add (local.get $at) (i32.const {step})))
      (br_if $next (i32.lt_u (local.get $at) (i32.const {bytes}))))"#
    )
}

/// A function that does something and then goes so many times over the array.
fn sum(name: &str, first: &str, pass: &str) -> String {
    format!(
        r#"(func (export "{name}") (param $passes i64) (result i64) (local $at i32) (local $in i32) (local $sum i64)
    {first}
    (loop $pass
      {pass}
      (local.set $passes (i64.sub (local.get $passes) (i64.const 1)))
      (br_if $pass (i64.ne (local.get $passes) (i64.const 0))))
    (local.get $sum))"#
    )
}
