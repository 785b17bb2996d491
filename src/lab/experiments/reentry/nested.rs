//! A nested call against a bare instantiation and call of the same module.

use std::time::{Duration, Instant};

use super::rows::ways;
use crate::lab::experiments::context::Comparison;
use crate::lab::experiments::{Context, Cost, Group, Per};
use crate::lab::measure::{Arm, Batch};
use crate::lab::workloads::{Form, World, call, returned};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::{Call, Value};
use crate::units::Address;
use crate::vm::Bare;

/// The table, its rows and the arms beside the pagers.
pub const NESTED: &str = "a nested call against a bare instantiation and call";
pub const KEPT: &str = "kept";
const KEPT_OWN: &str = "kept, own memory written";
const FIRST: &str = "first of its transaction";
pub const NEW: &str = "new";
const NEW_OWN: &str = "new, own memory written";
pub const BARE: &str = "bare";
pub const BARE_FRESH: &str = "bare, fresh";
pub const GAS: &str = "its gas";

/// What the called function gives.
const GIVEN: i64 = 7;

/// A contract that is called, and how.
#[derive(Debug, Clone, Copy)]
struct Row {
    title: &'static str,
    /// Whether an instance of it can be used once only.
    single_use: bool,
    /// Whether it has a memory of its own, and writes to it.
    own: bool,
    /// Whether a transaction makes one call, or many.
    once: bool,
}

const ROWS: [Row; 5] = [
    Row { title: KEPT, single_use: false, own: false, once: false },
    Row { title: KEPT_OWN, single_use: false, own: true, once: false },
    Row { title: FIRST, single_use: false, own: false, once: true },
    Row { title: NEW, single_use: true, own: false, once: false },
    Row { title: NEW_OWN, single_use: true, own: true, once: false },
];

impl Row {
    fn called(&self) -> String {
        let (memory, write) = match self.own {
            true => (r#"(memory $own (export "memory") 1)"#, "(i64.store $own (i32.const 8) (i64.const 1))"),
            false => ("", ""),
        };
        let drops = match self.single_use {
            true => r#"(data $used "x") (func (export "drop") (data.drop $used))"#,
            false => "",
        };
        format!(
            r#"(module (import "storage" "memory" (memory $storage 1)) {memory} {drops}
              (func (export "enter") (result i64) {write} (i64.const {GIVEN})))"#
        )
    }
}

/// Calls the contract whose address is its input, and adds up what that gives. Or adds up what a loop gives.
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

/// What a row takes: nothing beside it is made.
const COST: Cost = Cost::new(120, 5).thinned(2);

/// About how long all rows take.
pub fn duration(settings: &Settings) -> Duration {
    COST.duration(settings, 3 + pagers().count()) * ROWS.len() as u32
}

fn pagers() -> impl Iterator<Item = (&'static str, PagerKind)> {
    ways().filter(|(_, form, _)| *form == Form::Mapped).map(|(name, _, pager)| (name, pager))
}

pub fn compare(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for row in &ROWS {
        let world = World::in_memory()?;
        let (caller, called) = (world.deploy(CALLER)?, world.deploy(&row.called())?);
        let mut arms = Vec::new();
        for (name, keep_memories) in [(BARE, true), (BARE_FRESH, false)] {
            arms.push(Arm { name: name.to_owned(), per_unit: 1, batch: bare(&world, &called, keep_memories)? });
        }
        let calls = |pager| Calls { world: &world, caller, called, pager, once: row.once };
        let gas = calls(PagerKind::Soft).gas(2)? - calls(PagerKind::Soft).gas(1)?;
        arms.push(Arm { name: GAS.to_owned(), per_unit: 1, batch: as_code(&world, caller, gas)? });
        for (name, pager) in pagers() {
            let calls = calls(pager);
            arms.push(Arm { name: name.to_owned(), per_unit: 1, batch: Box::new(move |times| calls.batch(times)) });
        }
        let comparison = Comparison { section: NESTED, title: row.title, per: Per::NestedCall, base: BARE, cost: COST };
        let Some(mut group) = context.compare(&comparison, arms)? else { continue };
        let uses_gas = group.arms.iter_mut().filter(|arm| ![BARE, BARE_FRESH].contains(&&*arm.name));
        uses_gas.for_each(|arm| _ = arm.counts.insert("gas".to_owned(), gas));
        for (name, pager) in pagers() {
            let without = u64::from(!row.once);
            let calls = calls(pager);
            let counted = world.events(&calls.call(without + 1), Some(&calls.call(without)))?;
            group.arms.iter_mut().filter(|arm| arm.name == name).for_each(|arm| arm.counts.extend(counted.clone()));
        }
        groups.push(group);
    }
    Ok(groups)
}

fn bare(world: &World, called: &Address, keep_memories: bool) -> Result<Batch<'static>, LabError> {
    let failed = |source| LabError::Vm { attempted: "calling a bare instance of a contract".to_owned(), source };
    let bare = Bare::new(world.vm(), called, "enter", keep_memories).map_err(failed)?;
    Ok(Box::new(move |times| {
        let mut sum = 0;
        let start = Instant::now();
        for _ in 0..times {
            sum += bare.run().map_err(failed)?;
        }
        let took = start.elapsed();
        right("calling a bare instance", sum, times)?;
        Ok(took)
    }))
}

/// Runs of a loop, each of which uses so much gas, or a turn less.
fn as_code(world: &World, caller: Address, gas: u64) -> Result<Batch<'_>, LabError> {
    let call = move |turns: u64| call(caller, "loop", [Value::I32(turns as i32)], PagerKind::Soft);
    let turn = world.dry_run(&call(2))?.gas_used.0 - world.dry_run(&call(1))?.gas_used.0;
    let turns = gas / turn;
    let run = move |turns| {
        let start = Instant::now();
        let receipt = world.dry_run(&call(turns))?;
        let took = start.elapsed();
        let what = format!("a loop of {turns} turns");
        match returned(&what, &receipt)? {
            -1 => Ok(took),
            found => Err(LabError::WrongResult { what, found: found.to_string(), expected: -1 }),
        }
    };
    Ok(Box::new(move |times| Ok(run(turns * (times + 1))?.saturating_sub(run(turns)?))))
}

/// A contract that calls another.
struct Calls<'a> {
    world: &'a World,
    caller: Address,
    called: Address,
    pager: PagerKind,
    once: bool,
}

impl Calls<'_> {
    /// The time of so many nested calls, less that of a transaction without them.
    fn batch(&self, times: u64) -> Result<Duration, LabError> {
        let ((with, without), runs) = if self.once { ((1, 0), times) } else { ((times + 1, 1), 1) };
        let with = self.runs(with, runs)?;
        Ok(with.saturating_sub(self.runs(without, runs)?))
    }

    fn call(&self, nested: u64) -> Call {
        call(self.caller, "many", [Value::I32(nested as i32)], self.pager).input(&self.called.as_bytes()[..])
    }

    /// What so many nested calls use.
    fn gas(&self, nested: u64) -> Result<u64, LabError> {
        Ok(self.world.dry_run(&self.call(nested))?.gas_used.0)
    }

    /// The time of transactions that make so many nested calls each.
    fn runs(&self, nested: u64, runs: u64) -> Result<Duration, LabError> {
        let call = self.call(nested);
        let start = Instant::now();
        let mut last = self.world.dry_run(&call)?;
        for _ in 1..runs {
            last = self.world.dry_run(&call)?;
        }
        let took = start.elapsed();
        let what = format!("{nested} nested calls ({})", self.pager);
        right(&what, returned(&what, &last)?, nested)?;
        Ok(took)
    }
}

fn right(what: &str, found: i64, calls: u64) -> Result<(), LabError> {
    let expected = GIVEN * calls as i64;
    match found == expected {
        true => Ok(()),
        false => Err(LabError::WrongResult { what: what.to_owned(), found: found.to_string(), expected }),
    }
}
