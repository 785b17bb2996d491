//! What does re-entrancy add?

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

pub(in crate::lab) const EXPERIMENT: Experiment =
    Experiment { name: "reentry", question: "What does re-entrancy add?", duration, run, conclude, laid_once: false };

/// Against how much more time for many pages than for few a target is set.
const NO_MORE: f64 = 1.1;

fn duration(settings: &Settings) -> Duration {
    let rows = rows(&settings.reentry);
    let rows: Duration = rows.iter().map(|row| row.cost().duration(settings, row.lines.len())).sum();
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
    let Row { section, title, base, lines, .. } = row;
    let comparison = Comparison { section, title, per: Per::NestedCall, base, cost: row.cost() };
    let mut chains = Vec::new();
    for line in lines {
        // Making the contracts of one row takes a while where many pages are stored.
        if context.interrupted() {
            break;
        }
        chains.push(Chains::new(line, row.once, context.module_directory())?);
    }
    let arms = lines.iter().zip(&mut chains).map(|(line, chains)| Arm {
        name: line.name.to_owned(),
        per_unit: line.workload.calls(),
        batch: Box::new(move |times| chains.batch(times)),
    });
    let Some(mut group) = context.compare(&comparison, arms.collect())? else { return Ok(None) };
    for (arm, chains) in group.arms.iter_mut().zip(&mut chains) {
        arm.counts = chains.counts()?;
    }
    Ok(Some(group))
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: a call that a contract makes, from the host function to its return: checkpoint, machine, what the call does, and undo if it reverts. Not inside: what the transaction costs that makes no such call, or one of them where many are made.".to_owned(),
        method: vec![
            "A chain is a call of a contract that calls itself back, to some depth; through another contract, that one calls its caller, and both calls count. Each level writes 8 bytes on the same pages, passes 44 bytes on through its own memory, and reads one page at the end. The time is that of a whole chain, divided by its calls.".to_owned(),
            "One chain in a transaction: a dry run with one chain less one with none. Each of many: a dry run with n + 1 chains less one with a single chain, over n; instances and page tables are there from the first. Instances are kept from one transaction to the next for 4 levels; deeper ones are made anew in each transaction.".to_owned(),
            "Beside other pages: the sizes of one row are sampled against each other. The caller changes its pages before the call and changes them back after it, so that none is hashed; 4,096 pages are stored in all of these. Where they are only read, as many are stored as read.".to_owned(),
            "A caller that wrote the pages before has their frames dirty: the call that meets them finds them present, and has to keep what was in them in case it reverts. What the caller changes it changes back, and is in both transactions of the difference.".to_owned(),
            "bare: wasmtime alone makes a store, an instance of the module that defines the memories and one of the same compiled contract, with the same engine and memory creator, and calls it; storage and page table are there already. bare, fresh: the memory creator makes these two anew each time. The code is that of soft in both. The contract touches no storage. kept: an idle instance of it is there; first: the only nested call of a transaction, which finds the contract and its kept region and instance. new: its code has an instruction whose effect cannot be put back (data.drop), so that every call makes an instance. own memory written: 64 KiB, of which it writes 8 bytes.".to_owned(),
            "its gas: a loop of arithmetic that uses the gas of the nested call, which is the same whether an instance is kept or made.".to_owned(),
            "Counts are of one chain; for many chains, of one more.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    for (what, row) in [("idle instance kept", KEPT), ("instance made for the call", NEW)] {
        let claim = format!("nested call (soft) against a bare instantiation and call of its module, {what}");
        findings.ratio_target(&claim, 2.0, (NESTED, row), rows::SOFT, BARE);
    }
    for (section, what) in [(BESIDE_WRITTEN, "that its caller wrote"), (BESIDE_READ, "stored and read")] {
        let claim = format!("call (soft) that writes 16 pages and is undone, beside 4,096 pages {what} against 16");
        findings.ratio_target(&claim, NO_MORE, (section, rows::SOFT), MANY, FEW);
    }
    findings
}
