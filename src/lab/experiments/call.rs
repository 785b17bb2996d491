//! What does a whole transaction cost, and where does its time go?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Comparison;
use super::split::Recorded;
use super::{Context, Cost, Experiment, Findings, Group, Per, TimeSplit};
use crate::lab::measure::{Arm, Layings};
use crate::lab::workloads::{Form, Mode, Subject, Workload, World};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "call",
    question: "What does a whole transaction cost, and where does its time go?",
    duration,
    run,
    conclude,
    laid_once: false,
};

/// The tables.
pub(in crate::lab) const DRY: &str = "dry run";
pub(in crate::lab) const MEMORY: &str = "commit to memory";
pub(in crate::lab) const DISK: &str = "commit to LMDB";

/// The arms.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
pub(in crate::lab) const EAGER: &str = "mapped, eager";
pub(in crate::lab) const SLICES: &str = "slices";

/// A contract whose storage is copied to its own memory and back.
pub(in crate::lab) const WINDOW: &str = "window";

/// The arm of a contract that maps its storage under a pager.
pub(in crate::lab) fn mapped(pager: PagerKind) -> String {
    format!("mapped, {pager}")
}

/// Name, form and pager of each arm.
fn arms(settings: &Settings, workload: &dyn Workload) -> Vec<(String, Form, PagerKind)> {
    let mut arms = vec![(SLICES.to_owned(), Form::Slices, PagerKind::Soft)];
    arms.extend(settings.pagers().map(|pager| (mapped(pager), Form::Mapped, pager)));
    if workload.forms().contains(&Form::Window) {
        arms.push((WINDOW.to_owned(), Form::Window, PagerKind::Soft));
    }
    arms
}

/// A sample is a call; what it comes to is compared after each batch.
const COST: Cost = Cost::new(130, 25);

/// Calls before the one that is counted.
const WARM: u64 = 4;

fn duration(settings: &Settings) -> Duration {
    let rows = |arms: usize| COST.duration(settings, arms) * 2 + COST.duration(settings, 2 * arms);
    settings.workloads().iter().map(|workload| rows(arms(settings, workload.as_ref()).len())).sum()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let workloads = context.settings.workloads();
    measure(context, &workloads)
}

/// Measures whole transactions of some workloads.
pub(super) fn measure(context: &mut Context<'_>, workloads: &[Box<dyn Workload>]) -> Result<Vec<Group>, LabError> {
    let mut groups = Vec::new();
    for workload in workloads {
        let workload = workload.as_ref();
        let mut in_memory = subjects(context, workload, |context| context.in_memory())?;
        for (section, mode) in [(DRY, Mode::DryRun), (MEMORY, Mode::Commit)] {
            groups.extend(compare(context, (section, mode), workload.name(), &mut in_memory)?);
        }
        drop(in_memory);
        let on_disk = subjects(context, workload, |context| context.on_disk())?;
        groups.extend(compare_parts(context, workload.name(), on_disk)?);
    }
    groups.sort_by_key(|group| [DRY, MEMORY, DISK].iter().position(|section| *section == group.section));
    Ok(groups)
}

/// The contracts of the arms, with their names; fewer if the run is interrupted.
fn subjects<'a>(
    context: &mut Context<'_>,
    workload: &'a dyn Workload,
    world: impl Fn(&mut Context<'_>) -> Result<World, LabError>,
) -> Result<Vec<(String, Subject<'a>)>, LabError> {
    let mut subjects = Vec::new();
    for (name, form, pager) in arms(&context.settings, workload) {
        if context.interrupted() {
            break;
        }
        subjects.push((name, Subject::new(workload, form, pager, world(context)?)?));
    }
    Ok(subjects)
}

fn compare(
    context: &mut Context<'_>,
    (section, mode): (&str, Mode),
    title: &str,
    subjects: &mut [(String, Subject<'_>)],
) -> Result<Option<Group>, LabError> {
    let counts = counts(subjects, mode)?;
    let arms = subjects.iter_mut().map(|(name, subject)| Arm {
        name: name.clone(),
        per_unit: 1,
        batch: Box::new(move |times| match mode {
            Mode::DryRun => subject.dry_runs(times),
            Mode::Commit => subject.commits(times),
        }),
    });
    let comparison = Comparison { section, title, per: Per::Transaction, base: SLICES, cost: COST };
    let mut group = context.compare(&comparison, arms.collect())?;
    if let Some(group) = &mut group {
        group.arms.iter_mut().zip(counts).for_each(|(arm, counts)| arm.counts = counts);
    }
    Ok(group)
}

/// Counts a warm call of each, before any sample: how many commits there were matters to the bytes that one writes, and
/// batches are as long as the clock says.
fn counts(subjects: &mut [(String, Subject<'_>)], mode: Mode) -> Result<Vec<BTreeMap<String, u64>>, LabError> {
    let count = |(_, subject): &mut (String, Subject<'_>)| {
        match mode {
            Mode::DryRun => subject.dry_runs(WARM)?,
            Mode::Commit => subject.commits(WARM)?,
        };
        let mut counts = subject.counts(mode)?;
        counts.extend(subject.events(mode, |_| Ok(()))?);
        Ok(counts)
    };
    subjects.iter_mut().map(count).collect()
}

/// Commits to LMDB, each arm with and without a stopwatch, in the same rounds.
fn compare_parts(
    context: &mut Context<'_>,
    title: &str,
    mut subjects: Vec<(String, Subject<'_>)>,
) -> Result<Option<Group>, LabError> {
    let counts = counts(&mut subjects, Mode::Commit)?;
    let stopwatch = |(name, subject)| (name, RefCell::new(subject), RefCell::default());
    let subjects: Vec<(String, RefCell<Subject<'_>>, RefCell<Recorded>)> =
        subjects.into_iter().map(stopwatch).collect();
    let plain = subjects.iter().map(|(name, subject, _)| Arm {
        name: name.clone(),
        per_unit: 1,
        batch: Box::new(|times| subject.borrow_mut().commits(times)),
    });
    let timed = subjects.iter().map(|(name, subject, recorded)| Arm {
        name: format!("{name}, with a stopwatch"),
        per_unit: 1,
        batch: Box::new(|times| {
            let (took, parts) = subject.borrow_mut().commits_timed(times)?;
            recorded.borrow_mut().note(times, took, &parts);
            Ok(took)
        }),
    });
    let comparison = Comparison { section: DISK, title, per: Per::Transaction, base: SLICES, cost: COST };
    let arms = plain.chain(timed).collect();
    let Some(mut group) = context.compare(&comparison, arms)? else { return Ok(None) };
    let timed = group.arms.split_off(subjects.len());
    for (((arm, timed), (_, _, recorded)), counts) in group.arms.iter_mut().zip(timed).zip(&subjects).zip(counts) {
        let parts = recorded.borrow().of(&timed.samples_ns);
        arm.split = parts.map(|parts| TimeSplit::new(&arm.samples_ns, timed.samples_ns, parts, Layings::ONE));
        arm.counts = counts;
    }
    Ok(Some(group))
}

fn conclude(settings: &Settings, groups: Vec<Group>) -> Findings {
    let workloads = settings.workloads();
    let shapes = workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape()));
    let mut method = vec![
        "Each arm is a contract deployed alone on a machine of its own. Its results are compared with the native model's, and its state root with the one worked out from the model's bytes.".to_owned(),
        "Warm: the contract is compiled and was called before. Under soft and resident its frames are present; the others drop them after each call, as they always do. A dry run repeats one call; commits go on from one another.".to_owned(),
        "Slices run under the pager soft, in contracts that map no storage, and move whole records at once.".to_owned(),
        "Through a window: the contract has the storage that it works on copied to its own memory (ewasm.storageMap) and works there; at the end what differs is brought back. It runs under soft, and only with workloads that know beforehand where they work.".to_owned(),
        "Where the time goes is read off a stopwatch at the border of each part, in further samples of the same rounds; the table says how many times as long a transaction takes with it. Start: the moment of the store, account, code, frames and instance. Execution: the contract's code with the host functions that it calls, and calls inside it. Faults: making pages ready, at entry or when one is touched; those that come as signals (sigsegv, uffd) are in the execution. Diff: comparing pages with their committed bytes. Commit: handing everything to the store. Receipt: making it, and putting frames and instances back. Other: what the parts leave of the whole. Medians of parts add up to that of the whole only nearly.".to_owned(),
        "LMDB is written without waiting for the disk (async), in a directory for temporary files.".to_owned(),
    ];
    method.extend(shapes);
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the whole call, from the request to the receipt: start, execution, diff, hashing, state root, and the commit where there is one. Not inside: compilation.".to_owned(),
        method,
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    findings.time_target("warm counter dry run (soft), state root included", 12_000.0, (DRY, "counter"), SOFT);
    findings
}
