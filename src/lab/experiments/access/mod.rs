//! What does one access to storage cost inside a contract?

mod contract;
mod names;
mod native;
mod rows;
mod scan;
mod sweeps;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group};
use crate::lab::measure::Arm;
use crate::lab::workloads::call;
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::Value;
use contract::SPAN;
use native::{initial, sweep};
use rows::{ArmSpec, Row, rows};
use sweeps::{Deployed, Expected, Sweeps};

pub(in crate::lab) use names::{
    COPY_IN, COPY_OUT, EAGER, EMPTY, HOST_CALL, OWN, READ, REGISTER, RESIDENT, SCAN, SLICE, SOFT, WRITE,
};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "access",
    question: "What does one access to storage cost inside the contract?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// Nearly all of a sample is timed.
const COST: Cost = Cost::new(125, 10);

fn duration(settings: &Settings) -> Duration {
    let rows: Duration = rows(&pagers(settings)).iter().map(|row| COST.duration(settings, row.arms.len())).sum();
    rows + scan::cost(settings).duration(settings, scan::ARM_COUNT)
}

/// The pagers beside soft and eager, as far as the host supports them.
fn pagers(settings: &Settings) -> Vec<PagerKind> {
    settings.pagers().collect()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let deployed = [contract::mapped(), contract::slices(), contract::window()];
    let deployed = [Deployed::new(&deployed[0])?, Deployed::new(&deployed[1])?, Deployed::new(&deployed[2])?];
    let mut groups = Vec::new();
    for row in rows(&pagers(&context.settings)) {
        let all_sweeps: Vec<Sweeps<'_>> = row.arms.iter().map(|arm| sweeps(&deployed, &row, arm)).collect();
        let arms = row.arms.iter().zip(&all_sweeps).map(|(arm, sweeps)| Arm {
            name: arm.name.to_owned(),
            per_unit: row.pattern.addresses().len() as u64 * arm.operation.accesses(),
            batch: Box::new(|count| sweeps.time(count)),
        });
        let comparison =
            Comparison { section: row.section, title: &row.title, per: row.per, base: row.base, cost: COST };
        let Some(mut group) = context.compare(&comparison, arms.collect())? else { continue };
        for (arm, sweeps) in group.arms.iter_mut().zip(&all_sweeps) {
            arm.counts = sweeps.events()?;
        }
        groups.push(Group { note: row.note.map(str::to_owned), ..group });
    }
    groups.extend(scan::compare(context)?);
    Ok(groups)
}

/// The calls of an arm.
fn sweeps<'a>(deployed: &'a [Deployed; 3], row: &Row, arm: &ArmSpec) -> Sweeps<'a> {
    let &ArmSpec { name, contract, function, pager, operation } = arm;
    let Deployed { testbed, address } = &deployed[contract as usize];
    let function = row.pattern.function(function);
    let (sum, storage) = match name {
        // Own memory holds the same bytes, and storage does not change.
        OWN => (sweep(row.pattern, operation).0, initial()),
        _ => sweep(row.pattern, operation),
    };
    let expected = Expected { what: format!("{function} ({pager})"), sum, state: storage.state_root(address) };
    let mut arguments = vec![Value::I64(1)];
    arguments.extend(row.pattern.arguments());
    arguments.push(Value::I32(row.length as i32));
    let make = move |sweeps: u64| {
        let mut arguments = arguments.clone();
        arguments[0] = Value::I64(sweeps as i64);
        call(*address, &function, arguments, pager)
    };
    Sweeps { testbed, expected, make: Box::new(make) }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: the access, the loop around it, and gas. Not timed: the fixed cost of a call.".to_owned(),
        method: vec![
            "A contract makes many sweeps over the same addresses in a tight loop, with one access per iteration. A sample is the time of such a call, minus that of the same call with one sweep, divided by the difference in accesses. Both calls have the same start, first touches, diff and hashing, which cancel out.".to_owned(),
            "Counts are of one sweep.".to_owned(),
            format!("Sequential accesses cover 64 KiB, the others {} KiB. Own memory holds the same bytes as storage. The sum of the words read is checked in every arm; the state root checks the words written.", SPAN / 1_024),
            "A copy of n bytes is one memory.copy in the mapped form and one host call in the slice form. A load of one byte follows each copy from storage.".to_owned(),
            "The large array is read in the same way. Own memory of the same size is first filled with the same words, in calls that read storage too.".to_owned(),
            "window: storage is copied to the same address in own memory (ewasm.storageMap) at the start of a call and compared at its end, outside the time. The timed access goes to own memory.".to_owned(),
            "sigsegv and uffd load pages at the first touch, in both calls of the difference. Later accesses have no software cost.".to_owned(),
            "Slices run under the pager soft in a contract that maps no storage, which is their best case.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let first = "sequential";
    findings.ratio_target("8-byte mapped load (soft), against own memory", 2.0, (READ, first), SOFT, OWN);
    findings.ratio_target("8-byte mapped store (soft), against own memory", 2.5, (WRITE, first), SOFT, OWN);
    if let Some(title) = findings.groups.iter().find(|group| group.section == SCAN).map(|group| group.title.clone()) {
        let claim = format!("reading an array of {title} under resident, against own memory");
        findings.ratio_target(&claim, 1.1, (SCAN, &title), RESIDENT, OWN);
    }
    let claim = "8-byte storage_read_to_mem, against an empty host call";
    findings.ratio_target(claim, 4.0, (HOST_CALL, first), "storage_read_to_mem", EMPTY);
    findings
}
