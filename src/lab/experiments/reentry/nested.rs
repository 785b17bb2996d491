//! A nested call against a bare instantiation and call of the same module.

use std::time::{Duration, Instant};

use super::rows::contracts;
use crate::lab::experiments::context::Comparison;
use crate::lab::experiments::{Context, Cost, Group, Per};
use crate::lab::measure::{Arm, Batch};
use crate::lab::workloads::{Form, Testbed, call, i64_result};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::{Call, Value};
use crate::units::Address;
use crate::vm::Bare;

/// The table, its rows, and its arms beside the pagers.
pub const NESTED: &str = "a nested call against a bare instantiation and call";
pub const KEPT: &str = "kept";
const KEPT_OWN: &str = "kept, own memory written";
const FIRST: &str = "first of its transaction";
pub const NEW: &str = "new";
const NEW_OWN: &str = "new, own memory written";
pub const BARE: &str = "bare";
pub const BARE_FRESH: &str = "bare, fresh";
pub const GAS: &str = "arithmetic for the same gas";

/// The output of the callee.
const OUTPUT: i64 = 7;

/// A row: the callee, and how it is called.
#[derive(Debug, Clone, Copy)]
struct Row {
    title: &'static str,
    /// True if an instance of the callee can be used only once.
    is_single_use: bool,
    /// True if the callee has own memory and writes to it.
    has_own_memory: bool,
    /// True if a transaction makes a single nested call.
    is_single: bool,
}

const ROWS: [Row; 5] = [
    Row { title: KEPT, is_single_use: false, has_own_memory: false, is_single: false },
    Row { title: KEPT_OWN, is_single_use: false, has_own_memory: true, is_single: false },
    Row { title: FIRST, is_single_use: false, has_own_memory: false, is_single: true },
    Row { title: NEW, is_single_use: true, has_own_memory: false, is_single: false },
    Row { title: NEW_OWN, is_single_use: true, has_own_memory: true, is_single: false },
];

impl Row {
    fn callee(&self) -> String {
        let (memory, write) = if self.has_own_memory {
            (r#"(memory $own (export "memory") 1)"#, "(i64.store $own (i32.const 8) (i64.const 1))")
        } else {
            ("", "")
        };
        let drops =
            if self.is_single_use { r#"(data $used "x") (func (export "drop") (data.drop $used))"# } else { "" };
        format!(
            r#"(module (import "storage" "memory" (memory $storage 1)) {memory} {drops}
              (func (export "enter") (result i64) {write} (i64.const {OUTPUT})))"#
        )
    }
}

/// The caller. `many` calls the contract whose address is its input, and returns the sum of the outputs. `loop` does
/// arithmetic, and returns -1.
const CALLER: &str = r#"(module
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "enter")
  (func (export "many") (param $calls i32) (result i64)
    (local $sum i64)
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20))
    (loop $next
      (if (local.get $calls) (then
          (if (call $call (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))
            (then unreachable))
          (call $output_copy (i32.const 72) (i32.const 0) (i32.const 8))
          (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 72))))
          (local.set $calls (i32.sub (local.get $calls) (i32.const 1)))
          (br $next))))
    (local.get $sum))
  (func (export "loop") (param $turns i32) (result i64)
    (local $sum i64)
    (loop $next
      (if (local.get $turns) (then
          (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.extend_i32_u (local.get $turns))))
          (local.set $sum (i64.sub (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 7))))
          (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
          (br $next))))
    (i64.or (local.get $sum) (i64.const -1))))"#;

/// The setup is short, as all arms of a row share one testbed.
const COST: Cost = Cost::new(120, 5).thinned(2);

/// The planned time of all rows.
pub fn duration(settings: &Settings) -> Duration {
    COST.duration(settings, 3 + pagers().count()) * ROWS.len() as u32
}

fn pagers() -> impl Iterator<Item = (&'static str, PagerKind)> {
    contracts().filter(|(_, form, _)| *form == Form::Mapped).map(|(name, _, pager)| (name, pager))
}

pub fn compare(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for row in &ROWS {
        let testbed = Testbed::in_memory()?;
        let (caller, callee) = (testbed.deploy(CALLER)?, testbed.deploy(&row.callee())?);
        let mut arms = Vec::new();
        for (name, keep_memories) in [(BARE, true), (BARE_FRESH, false)] {
            arms.push(Arm { name: name.to_owned(), per_unit: 1, batch: bare(&testbed, &callee, keep_memories)? });
        }
        let calls = |pager| NestedCalls { testbed: &testbed, caller, callee, pager, is_single: row.is_single };
        let gas = calls(PagerKind::Soft).gas(2)? - calls(PagerKind::Soft).gas(1)?;
        arms.push(Arm { name: GAS.to_owned(), per_unit: 1, batch: arithmetic(&testbed, caller, gas)? });
        for (name, pager) in pagers() {
            let calls = calls(pager);
            arms.push(Arm { name: name.to_owned(), per_unit: 1, batch: Box::new(move |times| calls.batch(times)) });
        }
        let comparison = Comparison { section: NESTED, title: row.title, per: Per::NestedCall, base: BARE, cost: COST };
        let Some(mut group) = context.compare(&comparison, arms)? else { continue };
        let uses_gas = group.arms.iter_mut().filter(|arm| ![BARE, BARE_FRESH].contains(&&*arm.name));
        uses_gas.for_each(|arm| _ = arm.counts.insert("gas".to_owned(), gas));
        for (name, pager) in pagers() {
            let fewer = u64::from(!row.is_single);
            let calls = calls(pager);
            let counted = testbed.events(&calls.call(fewer + 1), Some(&calls.call(fewer)))?;
            group.arms.iter_mut().filter(|arm| arm.name == name).for_each(|arm| arm.counts.extend(counted.clone()));
        }
        groups.push(group);
    }
    Ok(groups)
}

fn bare(testbed: &Testbed, callee: &Address, keep_memories: bool) -> Result<Batch<'static>, LabError> {
    let failed = |source| LabError::Vm { attempted: "calling a bare instance of a contract".to_owned(), source };
    let bare = Bare::new(testbed.vm(), callee, "enter", keep_memories).map_err(failed)?;
    Ok(Box::new(move |times| {
        let mut sum = 0;
        let start = Instant::now();
        for _ in 0..times {
            sum += bare.run().map_err(failed)?;
        }
        let took = start.elapsed();
        check_sum("calling a bare instance", sum, times)?;
        Ok(took)
    }))
}

/// A loop of arithmetic that uses the given gas, rounded down to whole iterations.
fn arithmetic(testbed: &Testbed, caller: Address, gas: u64) -> Result<Batch<'_>, LabError> {
    let call = move |iterations: u64| call(caller, "loop", [Value::I32(iterations as i32)], PagerKind::Soft);
    let gas_of_iteration = testbed.dry_run(&call(2))?.gas_used.0 - testbed.dry_run(&call(1))?.gas_used.0;
    let iterations = gas / gas_of_iteration;
    let run = move |iterations| {
        let start = Instant::now();
        let receipt = testbed.dry_run(&call(iterations))?;
        let took = start.elapsed();
        let what = format!("a loop of {iterations} iterations");
        match i64_result(&what, &receipt)? {
            -1 => Ok(took),
            found => Err(LabError::WrongResult { what, found: found.to_string(), expected: -1 }),
        }
    };
    Ok(Box::new(move |times| Ok(run(iterations * (times + 1))?.saturating_sub(run(iterations)?))))
}

/// A contract that makes nested calls of another contract.
struct NestedCalls<'a> {
    testbed: &'a Testbed,
    caller: Address,
    callee: Address,
    pager: PagerKind,
    /// True if a transaction makes a single nested call.
    is_single: bool,
}

impl NestedCalls<'_> {
    /// The time of `times` nested calls: a difference of transactions with different numbers of nested calls.
    fn batch(&self, times: u64) -> Result<Duration, LabError> {
        let (more, fewer, runs) = if self.is_single { (1, 0, times) } else { (times + 1, 1, 1) };
        let more = self.runs(more, runs)?;
        Ok(more.saturating_sub(self.runs(fewer, runs)?))
    }

    fn call(&self, nested: u64) -> Call {
        call(self.caller, "many", [Value::I32(nested as i32)], self.pager).input(&self.callee.as_bytes()[..])
    }

    /// The gas of a transaction with `nested` nested calls.
    fn gas(&self, nested: u64) -> Result<u64, LabError> {
        Ok(self.testbed.dry_run(&self.call(nested))?.gas_used.0)
    }

    /// The time of `runs` transactions, each with `nested` nested calls.
    fn runs(&self, nested: u64, runs: u64) -> Result<Duration, LabError> {
        let call = self.call(nested);
        let start = Instant::now();
        let mut last = self.testbed.dry_run(&call)?;
        for _ in 1..runs {
            last = self.testbed.dry_run(&call)?;
        }
        let took = start.elapsed();
        let what = format!("{nested} nested calls ({})", self.pager);
        check_sum(&what, i64_result(&what, &last)?, nested)?;
        Ok(took)
    }
}

/// Compares the sum of the outputs of `calls` calls with the expected sum.
fn check_sum(what: &str, found: i64, calls: u64) -> Result<(), LabError> {
    let expected = OUTPUT * calls as i64;
    if found == expected {
        return Ok(());
    }
    Err(LabError::WrongResult { what: what.to_owned(), found: found.to_string(), expected })
}
