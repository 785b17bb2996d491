//! What do nested calls cost?

mod chains;
mod nested;
mod rows;
mod tables;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::context::Comparison;
use super::{Context, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::{LabError, Settings};
use chains::Chains;
use rows::{Row, rows};

pub(in crate::lab) use nested::{BARE, BARE_FRESH, GAS, KEPT, NESTED, NEW};
pub(in crate::lab) use rows::{FEW, MANY, ONE_RETURNS};
pub(in crate::lab) use tables::{BESIDE_READ, BESIDE_WRITTEN, DEPTH, DIRTY, ONCE, PAGES};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "reentry",
    question: "What do nested calls cost?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// The largest ratio that counts as no growth.
const NO_GROWTH: f64 = 1.1;

fn duration(settings: &Settings) -> Duration {
    let rows = rows(&settings.reentry);
    let rows: Duration = rows.iter().map(|row| row.cost().duration(settings, row.arms.len())).sum();
    rows + nested::duration(settings)
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let mut groups = nested::compare(context)?;
    for row in rows(&context.settings.reentry) {
        groups.extend(compare(context, &row)?);
    }
    Ok(groups)
}

fn compare(context: &mut Context<'_>, row: &Row) -> Result<Option<Group>, LabError> {
    let Row { section, title, base, arms, .. } = row;
    let comparison = Comparison { section, title, per: Per::NestedCall, base, cost: row.cost() };
    let mut chains = Vec::new();
    for arm in arms {
        // The setup takes a while if many pages are stored.
        if context.interrupted() {
            break;
        }
        chains.push(Chains::new(arm, row.is_single, context.module_directory())?);
    }
    let sampled = arms.iter().zip(&mut chains).map(|(arm, chains)| Arm {
        name: arm.name.to_owned(),
        per_unit: arm.workload.calls(),
        batch: Box::new(move |times| chains.batch(times)),
    });
    let Some(mut group) = context.compare(&comparison, sampled.collect())? else { return Ok(None) };
    for (arm, chains) in group.arms.iter_mut().zip(&mut chains) {
        arm.counts = chains.counts()?;
    }
    Ok(Some(group))
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: a nested call, from the host function to its return: checkpoint, machine, the code of the call, and undo if it reverts. Not timed: the rest of the transaction.".to_owned(),
        method: vec![
            "A chain is a sequence of nested calls: a contract re-enters itself to some depth. Through another contract, that contract calls its caller back, and both calls count. Each level writes 8 bytes on each of the same pages, passes 44 bytes on through its own memory, and reads one page at the end. The time is that of a whole chain, divided by its calls.".to_owned(),
            "One chain per transaction: the time of a dry run with one chain, minus that of a dry run without a chain. Many chains per transaction: the time of a dry run with n + 1 chains, minus that of one with a single chain, divided by n. In the latter, all instances and page tables exist already. 4 levels of instances are kept from one transaction to the next; deeper ones are created in each transaction.".to_owned(),
            "Beside other pages: the arms of a row differ in the number of other pages. The caller changes its pages before the nested call and changes them back after it, so no page is hashed. 4,096 pages are stored in the table of written pages. In the table of read pages, the number of stored pages is the number of pages read.".to_owned(),
            "clean and dirty: with dirty, the caller has written the pages of the nested call before it. Their frames are then present and dirty, and the nested call must save their pre-images. The caller changes the pages back, in both transactions of the difference.".to_owned(),
            "bare: wasmtime alone creates a store, an instance of the module that defines the memories, and an instance of the same compiled contract, with the same engine and memory creator, and calls it. Storage and page table exist already. bare, fresh: the memory creator creates these two each time. Both run the code of soft. The contract touches no storage. kept: an idle instance exists. first of its transaction: the only nested call of a transaction, which takes the contract's kept region and instance from the pool. new: the code has an instruction whose effect cannot be undone (data.drop), so every call creates an instance. own memory written: the contract has 64 KiB of own memory, and writes 8 bytes of it.".to_owned(),
            "arithmetic for the same gas: a loop that uses the gas of the nested call. A nested call uses the same gas whether an instance is kept or created.".to_owned(),
            "Counts are of one chain.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    for (what, row) in [("with a kept instance", KEPT), ("with a new instance", NEW)] {
        let claim = format!("nested call {what} (soft), against a bare instantiation and call of its module");
        findings.ratio_target(&claim, 2.0, (NESTED, row), rows::SOFT, BARE);
    }
    for (section, what) in [(BESIDE_WRITTEN, "written by its caller"), (BESIDE_READ, "read by its caller")] {
        let claim =
            format!("nested call (soft) that writes 16 pages and reverts, beside 4,096 pages {what}, against 16");
        findings.ratio_target(&claim, NO_GROWTH, (section, rows::SOFT), MANY, FEW);
    }
    findings
}
