//! A large array, read word by word from end to end. It is larger than any cache.

use std::time::Duration;

use super::contract::PATTERN;
use super::names::{OWN, RESIDENT, SCAN, SLICE, SOFT};
use super::sweeps::{Deployed, Expected, Sweeps};
use crate::lab::experiments::context::Comparison;
use crate::lab::experiments::{Context, Cost, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::workloads::{Linear, call};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::Value;

/// An arm.
struct ArmSpec {
    name: &'static str,
    /// The index of its contract.
    contract: usize,
    function: &'static str,
    pager: PagerKind,
}

const ARMS: [ArmSpec; 4] = [
    ArmSpec { name: OWN, contract: 0, function: "own", pager: PagerKind::Soft },
    ArmSpec { name: SOFT, contract: 0, function: "mapped", pager: PagerKind::Soft },
    ArmSpec { name: RESIDENT, contract: 0, function: "mapped", pager: PagerKind::Resident },
    ArmSpec { name: SLICE, contract: 1, function: "slices", pager: PagerKind::Soft },
];

/// A third of the rounds: even the shortest sample is long, in proportion to the array.
pub fn cost(settings: &Settings) -> Cost {
    let least = Duration::from_micros(130) * settings.access.array_wasm_pages as u32;
    Cost { least, ..Cost::new(130, 200).thinned(3) }
}

/// The number of arms.
pub const ARM_COUNT: usize = ARMS.len();

/// Sweeps of a unit. One sweep alone is short against the fixed cost of the call, which fills own memory first.
const SWEEPS: u64 = 16;

/// Measures the row.
pub fn compare(context: &mut Context<'_>) -> Result<Option<Group>, LabError> {
    let pages = context.settings.access.array_wasm_pages;
    let bytes = pages << 16;
    let title = format!("{} KiB", bytes >> 10);
    let title = if bytes >> 20 > 0 { format!("{} MiB", bytes >> 20) } else { title };
    let comparison =
        Comparison { section: SCAN, title: &title, per: Per::Access, base: OWN, cost: cost(&context.settings) };
    if context.interrupted() {
        return context.compare(&comparison, Vec::new());
    }
    let deployed = [Deployed::new(&mapped(pages))?, Deployed::new(&slices(bytes))?];
    let mut storage = Linear::default();
    let mut sum = 0_u64;
    for at in (0..bytes).step_by(8) {
        storage.store(at, at.wrapping_mul(PATTERN));
        sum = sum.wrapping_add(at.wrapping_mul(PATTERN));
    }
    let sweeps = |ArmSpec { contract, function, pager, .. }: ArmSpec| {
        let Deployed { testbed, address } = &deployed[contract];
        let expected = Expected { what: format!("{function} ({pager})"), sum, state: storage.state_root(address) };
        let make = move |sweeps: u64| call(*address, function, vec![Value::I64(sweeps as i64)], pager);
        Sweeps { testbed, expected, make: Box::new(make) }
    };
    let all_sweeps = ARMS.map(sweeps);
    let arms = ARMS.iter().zip(&all_sweeps).map(|(arm, sweeps)| Arm {
        name: arm.name.to_owned(),
        per_unit: SWEEPS * bytes / 8,
        batch: Box::new(|units| sweeps.time(SWEEPS * units)),
    });
    let Some(mut group) = context.compare(&comparison, arms.collect())? else { return Ok(None) };
    for (arm, sweeps) in group.arms.iter_mut().zip(&all_sweeps) {
        arm.counts = sweeps.events()?;
    }
    group.note = Some("each slice copies a whole page, whose words are then read from own memory".to_owned());
    Ok(Some(group))
}

/// The contract for own memory and mapped storage, which hold the same words. Both functions fill own memory, so that they
/// differ only in the memory that they read.
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

/// A loop that executes `body` at each address, in steps.
fn each(bytes: u64, step: u32, body: &str) -> String {
    format!(
        r#"(local.set $at (i32.const 0))
    (loop $next
      {body}
      (local.set $at (i32.add (local.get $at) (i32.const {step})))
      (br_if $next (i32.lt_u (local.get $at) (i32.const {bytes}))))"#
    )
}

/// A function that executes `first`, and then `$sweeps` sweeps over the array.
fn sum(name: &str, first: &str, sweep: &str) -> String {
    format!(
        r#"(func (export "{name}") (param $sweeps i64) (result i64) (local $at i32) (local $in i32) (local $sum i64)
    {first}
    (loop $sweep
      {sweep}
      (local.set $sweeps (i64.sub (local.get $sweeps) (i64.const 1)))
      (br_if $sweep (i64.ne (local.get $sweeps) (i64.const 0))))
    (local.get $sum))"#
    )
}
