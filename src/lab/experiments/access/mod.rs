//! What does one access to storage cost inside a contract?

mod contract;
mod names;
mod native;
mod passes;
mod rows;
mod scan;
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
use native::{initial, pass};
use passes::{Deployed, Judge, Passes};
use rows::{Line, Row, rows};

pub(in crate::lab) use names::{
    COPY_IN, COPY_OUT, EAGER, EMPTY, HOST_CALL, OWN, READ, REGISTER, RESIDENT, SCAN, SLICE, SOFT, WRITE,
};

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "access",
    question: "What does one access to storage cost inside the contract?",
    duration,
    run,
    conclude,
    laid_once: false,
};

/// Nearly all of a sample is what it is about.
const COST: Cost = Cost::new(125, 10);

fn duration(settings: &Settings) -> Duration {
    let rows: Duration = rows(&pagers(settings)).iter().map(|row| COST.duration(settings, row.lines.len())).sum();
    rows + scan::cost(settings).duration(settings, scan::ARMS)
}

/// What is measured beside soft and eager, as far as the host has it.
fn pagers(settings: &Settings) -> Vec<PagerKind> {
    settings.pagers().collect()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let deployed = [contract::mapped(), contract::slices(), contract::window()];
    let deployed = [Deployed::new(&deployed[0])?, Deployed::new(&deployed[1])?, Deployed::new(&deployed[2])?];
    let mut groups = Vec::new();
    for row in rows(&pagers(&context.settings)) {
        let lines: Vec<Passes<'_>> = row.lines.iter().map(|line| passes(&deployed, &row, line)).collect();
        let arms = row.lines.iter().zip(&lines).map(|((name, .., deed), passes)| Arm {
            name: (*name).to_owned(),
            per_unit: row.pattern.addresses().len() as u64 * deed.accesses(),
            batch: Box::new(|count| passes.time(count)),
        });
        let comparison =
            Comparison { section: row.section, title: &row.title, per: row.per, base: row.base, cost: COST };
        let Some(mut group) = context.compare(&comparison, arms.collect())? else { continue };
        for (arm, passes) in group.arms.iter_mut().zip(&lines) {
            arm.counts = passes.events()?;
        }
        groups.push(Group { note: row.note.map(str::to_owned), ..group });
    }
    groups.extend(scan::compare(context)?);
    Ok(groups)
}

/// What a line of a row does, as often as it is told.
fn passes<'a>(deployed: &'a [Deployed; 3], row: &Row, line: &Line) -> Passes<'a> {
    let &(name, subject, function, pager, deed) = line;
    let Deployed { world, address } = &deployed[subject as usize];
    let function = row.pattern.function(function);
    let (sum, storage) = match name {
        // Its own memory holds what storage held, and storage stays as it was.
        OWN => (pass(row.pattern, deed).0, initial()),
        _ => pass(row.pattern, deed),
    };
    let judge = Judge { what: format!("{function} ({pager})"), sum, state: storage.state_root(address) };
    let mut arguments = vec![Value::I64(1)];
    arguments.extend(row.pattern.arguments());
    arguments.push(Value::I32(row.length as i32));
    let make = move |passes: u64| {
        let mut arguments = arguments.clone();
        arguments[0] = Value::I64(passes as i64);
        call(*address, &function, arguments, pager)
    };
    Passes { world, judge, make: Box::new(make) }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the access, the loop around it, gas. Not inside: everything that a call costs once."
            .to_owned(),
        method: vec![
            "A contract goes many times over the same addresses in a tight loop, one access a turn. A sample is the time of such a call less the time of the same call with one pass, divided by the accesses that it has more: entry, first touches, diff and hashing are the same in both and cancel out.".to_owned(),
            "Counts are of one pass.".to_owned(),
            format!("Sequential accesses go over 64 KiB, the others over {} KiB; own memory holds the same bytes as storage. A read's value is added up and checked, a slice's too; what writes leave is checked by the state root.", SPAN / 1_024),
            "Copies of n bytes are memory.copy in the mapped form, and one host call in the slice form; each is followed by a one-byte load of what was copied in.".to_owned(),
            "The large array is read in the same way; own memory, as large, is filled with the same words first, whichever is read.".to_owned(),
            "Window: storage is copied to the same place in own memory (ewasm.storageMap) at the begin of a call, and compared at its end, outside the time; what is timed is an access to own memory.".to_owned(),
            "sigsegv and uffd bring pages in when they are first touched, in both calls of the difference; after that the processor's page tables do the rest.".to_owned(),
            "Slices run under the pager soft, in a contract that maps no storage, which is the best that they get here.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let first = "sequential";
    findings.ratio_target("8-byte mapped load (soft) against own memory", 2.0, (READ, first), SOFT, OWN);
    findings.ratio_target("8-byte mapped store (soft) against own memory", 2.5, (WRITE, first), SOFT, OWN);
    if let Some(title) = findings.groups.iter().find(|group| group.section == SCAN).map(|group| group.title.clone()) {
        let claim = format!("scan of {title} under resident against own memory");
        findings.ratio_target(&claim, 1.1, (SCAN, &title), RESIDENT, OWN);
    }
    let claim = "8-byte storage_read_to_mem against an empty host call";
    findings.ratio_target(claim, 4.0, (HOST_CALL, first), "storage_read_to_mem", EMPTY);
    findings
}
