//! What does a whole transaction cost, and where does its time go?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Comparison;
use super::split::StopwatchRecord;
use super::{Context, Cost, Experiment, Findings, Group, Per, TimeSplit};
use crate::lab::measure::{Arm, Layings};
use crate::lab::workloads::{Form, Mode, Subject, Testbed, Workload};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "call",
    question: "What does a whole transaction cost, and where does its time go?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// The tables.
pub(in crate::lab) const DRY: &str = "dry run";
pub(in crate::lab) const MEMORY: &str = "commit to memory";
pub(in crate::lab) const DISK: &str = "commit to LMDB";

/// The arms.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
pub(in crate::lab) const EAGER: &str = "mapped, eager";
pub(in crate::lab) const SLICES: &str = "slices";

/// The arm of a contract that works through a window.
pub(in crate::lab) const WINDOW: &str = "window";

/// The arm of a mapped contract under a pager.
pub(in crate::lab) fn mapped(pager: PagerKind) -> String {
    format!("mapped, {pager}")
}

/// An arm before its contract is deployed.
struct ArmSpec {
    name: String,
    form: Form,
    pager: PagerKind,
}

fn arms(settings: &Settings, workload: &dyn Workload) -> Vec<ArmSpec> {
    let mut arms = vec![ArmSpec { name: SLICES.to_owned(), form: Form::Slices, pager: PagerKind::Soft }];
    arms.extend(settings.pagers().map(|pager| ArmSpec { name: mapped(pager), form: Form::Mapped, pager }));
    if workload.forms().contains(&Form::Window) {
        arms.push(ArmSpec { name: WINDOW.to_owned(), form: Form::Window, pager: PagerKind::Soft });
    }
    arms
}

/// A sample is a call; its result is checked after each batch of calls.
const COST: Cost = Cost::new(130, 25);

/// Calls before the counted one.
const WARM_UP_CALLS: u64 = 4;

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
            let comparison = comparison(section, workload.name());
            groups.extend(compare(context, &comparison, mode, &mut in_memory)?);
        }
        drop(in_memory);
        let on_disk = subjects(context, workload, |context| context.on_disk())?;
        groups.extend(compare_with_stopwatch(context, &comparison(DISK, workload.name()), on_disk)?);
    }
    groups.sort_by_key(|group| [DRY, MEMORY, DISK].iter().position(|section| *section == group.section));
    Ok(groups)
}

fn comparison<'a>(section: &'a str, title: &'a str) -> Comparison<'a> {
    Comparison { section, title, per: Per::Transaction, base: SLICES, cost: COST }
}

/// The contracts of the arms, with the names of the arms; fewer if the run is interrupted.
fn subjects<'a>(
    context: &mut Context<'_>,
    workload: &'a dyn Workload,
    testbed: impl Fn(&mut Context<'_>) -> Result<Testbed, LabError>,
) -> Result<Vec<(String, Subject<'a>)>, LabError> {
    let mut subjects = Vec::new();
    for ArmSpec { name, form, pager } in arms(&context.settings, workload) {
        if context.interrupted() {
            break;
        }
        subjects.push((name, Subject::new(workload, form, pager, testbed(context)?)?));
    }
    Ok(subjects)
}

fn compare(
    context: &mut Context<'_>,
    comparison: &Comparison<'_>,
    mode: Mode,
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
    let mut group = context.compare(comparison, arms.collect())?;
    if let Some(group) = &mut group {
        group.arms.iter_mut().zip(counts).for_each(|(arm, counts)| arm.counts = counts);
    }
    Ok(group)
}

/// Counts a warm call of each arm before any sample. The bytes that a commit writes depend on the number of commits before,
/// and the samples make a number of commits that depends on the clock.
fn counts(subjects: &mut [(String, Subject<'_>)], mode: Mode) -> Result<Vec<BTreeMap<String, u64>>, LabError> {
    let count = |(_, subject): &mut (String, Subject<'_>)| {
        match mode {
            Mode::DryRun => subject.dry_runs(WARM_UP_CALLS)?,
            Mode::Commit => subject.commits(WARM_UP_CALLS)?,
        };
        let mut counts = subject.counts(mode)?;
        counts.extend(subject.events(mode, |_| Ok(()))?);
        Ok(counts)
    };
    subjects.iter_mut().map(count).collect()
}

/// A contract that is measured with and without a stopwatch.
struct StopwatchSubject<'a> {
    name: String,
    subject: RefCell<Subject<'a>>,
    record: RefCell<StopwatchRecord>,
}

/// Compares commits to LMDB. Each arm is sampled with and without a stopwatch, in the same rounds.
fn compare_with_stopwatch(
    context: &mut Context<'_>,
    comparison: &Comparison<'_>,
    mut subjects: Vec<(String, Subject<'_>)>,
) -> Result<Option<Group>, LabError> {
    let counts = counts(&mut subjects, Mode::Commit)?;
    let with_record =
        |(name, subject)| StopwatchSubject { name, subject: RefCell::new(subject), record: RefCell::default() };
    let subjects: Vec<StopwatchSubject<'_>> = subjects.into_iter().map(with_record).collect();
    let without_stopwatch = subjects.iter().map(|arm| Arm {
        name: arm.name.clone(),
        per_unit: 1,
        batch: Box::new(|times| arm.subject.borrow_mut().commits(times)),
    });
    let with_stopwatch = subjects.iter().map(|arm| Arm {
        name: format!("{}, with a stopwatch", arm.name),
        per_unit: 1,
        batch: Box::new(|times| {
            let (took, phases) = arm.subject.borrow_mut().commits_timed(times)?;
            arm.record.borrow_mut().add_batch(times, took, &phases);
            Ok(took)
        }),
    });
    let arms = without_stopwatch.chain(with_stopwatch).collect();
    let Some(mut group) = context.compare(comparison, arms)? else { return Ok(None) };
    let timed = group.arms.split_off(subjects.len());
    for (((arm, timed), subject), counts) in group.arms.iter_mut().zip(timed).zip(&subjects).zip(counts) {
        let phases = subject.record.borrow().phases_of(&timed.samples_ns);
        arm.split = phases.map(|phases| TimeSplit::new(&arm.samples_ns, timed.samples_ns, phases, Layings::ONE));
        arm.counts = counts;
    }
    Ok(Some(group))
}

fn conclude(settings: &Settings, groups: Vec<Group>) -> Findings {
    let workloads = settings.workloads();
    let shapes = workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape()));
    let mut method = vec![
        "Each arm is a contract deployed alone in a VM with its own store. Its results are compared with the native model's, and its state root with that of the model's bytes.".to_owned(),
        "All calls are warm: the contract is compiled, and was called before. soft and resident keep its frames from call to call; the other pagers drop them after each call. A dry run repeats the same call. Each commit continues from the one before.".to_owned(),
        "The slices arm runs under the pager soft. Its contract maps no storage, and copies whole records.".to_owned(),
        "The window arm copies the storage that it works on to its own memory (ewasm.storageMap) and works there; at the end of the call, changed bytes are written to storage. It runs under soft. A workload has this form only if it knows beforehand which storage it needs.".to_owned(),
        "A stopwatch shows where the time goes. It is read at the border of each phase, in additional samples of the same rounds; the table shows how many times as long a transaction takes with it. Start: snapshot, account, code, frames and instance. Execution: the contract's code, the host functions that it calls, and nested calls. Faults: providing pages, at the start of the call or on a touch; faults that arrive as signals (sigsegv, uffd) count as execution. Diff: comparing pages with their committed bytes. Commit: the write to the store. Receipt: making the receipt, and returning frames and instances to the pool. Other: the rest of the whole. The medians of the phases add up to the median of the whole only approximately.".to_owned(),
        "Commits to LMDB do not wait for the disk (async). The store is in the directory for temporary files.".to_owned(),
    ];
    method.extend(shapes);
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: the whole call, from the request to the receipt: start, execution, diff, hashing, state root, and the commit in the commit tables. Not timed: compilation.".to_owned(),
        method,
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    findings.time_target("warm counter dry run (soft), state root included", 12_000.0, (DRY, "counter"), SOFT);
    findings
}
