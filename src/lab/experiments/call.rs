//! What does a whole transaction cost, and where does its time go?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Comparison;
use super::split::Recorded;
use super::{Context, Experiment, Findings, Group, Per, Settings, TimeSplit};
use crate::lab::LabError;
use crate::lab::measure::Arm;
use crate::lab::workloads::{Form, Mode, Subject, Workload, World};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "call",
    question: "What does a whole transaction cost, and where does its time go?",
    duration,
    run,
};

/// The tables.
pub(in crate::lab) const DRY: &str = "dry run";
pub(in crate::lab) const MEMORY: &str = "commit to memory";
pub(in crate::lab) const DISK: &str = "commit to LMDB";

/// The arms.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
pub(in crate::lab) const EAGER: &str = "mapped, eager";
pub(in crate::lab) const SLICES: &str = "slices";

const ARMS: [(&str, Form, PagerKind); 3] = [
    (SLICES, Form::Slices, PagerKind::Soft),
    (SOFT, Form::Mapped, PagerKind::Soft),
    (EAGER, Form::Mapped, PagerKind::Eager),
];

/// Calls before the one that is counted.
const WARM: u64 = 4;

fn duration(settings: &Settings) -> Duration {
    settings.duration(4 * ARMS.len() * settings.workloads().len(), 1)
}

fn run(context: &mut Context<'_>) -> Result<Findings, LabError> {
    let workloads = context.settings.workloads();
    measure(context, &workloads)
}

/// Measures whole transactions of some workloads.
pub(super) fn measure(context: &mut Context<'_>, workloads: &[Box<dyn Workload>]) -> Result<Findings, LabError> {
    let mut groups = Vec::new();
    for workload in workloads {
        let mut in_memory = subjects(workload.as_ref(), World::in_memory)?;
        for (section, mode) in [(DRY, Mode::DryRun), (MEMORY, Mode::Commit)] {
            groups.extend(compare(context, (section, mode), workload.name(), &mut in_memory)?);
        }
        let on_disk = subjects(workload.as_ref(), || World::on_disk(&context.store_directory()))?;
        groups.extend(compare_parts(context, workload.name(), on_disk)?);
    }
    groups.sort_by_key(|group| [DRY, MEMORY, DISK].iter().position(|section| *section == group.section));
    Ok(findings(workloads, groups))
}

fn subjects(
    workload: &dyn Workload,
    mut world: impl FnMut() -> Result<World, LabError>,
) -> Result<Vec<Subject<'_>>, LabError> {
    ARMS.into_iter().map(|(_, form, pager)| Subject::new(workload, form, pager, world()?)).collect()
}

fn compare(
    context: &mut Context<'_>,
    (section, mode): (&str, Mode),
    title: &str,
    subjects: &mut [Subject<'_>],
) -> Result<Option<Group>, LabError> {
    let counts = counts(subjects, mode)?;
    let arms = subjects.iter_mut().zip(ARMS).map(|(subject, (name, ..))| Arm {
        name: name.to_owned(),
        per_unit: 1,
        batch: Box::new(move |times| match mode {
            Mode::DryRun => subject.dry_runs(times),
            Mode::Commit => subject.commits(times),
        }),
    });
    let comparison = Comparison { section, title, per: Per::Transaction, base: SLICES, thinned: 1 };
    let mut group = context.compare(&comparison, arms.collect())?;
    if let Some(group) = &mut group {
        group.arms.iter_mut().zip(counts).for_each(|(arm, counts)| arm.counts = counts);
    }
    Ok(group)
}

/// Counts a warm call of each, before any sample: how many commits there were matters to the bytes that one writes, and
/// batches are as long as the clock says.
fn counts(subjects: &mut [Subject<'_>], mode: Mode) -> Result<Vec<BTreeMap<String, u64>>, LabError> {
    let count = |subject: &mut Subject<'_>| {
        match mode {
            Mode::DryRun => subject.dry_runs(WARM)?,
            Mode::Commit => subject.commits(WARM)?,
        };
        subject.counts(mode)
    };
    subjects.iter_mut().map(count).collect()
}

/// Commits to LMDB, each arm with and without a stopwatch, in the same rounds.
fn compare_parts(
    context: &mut Context<'_>,
    title: &str,
    mut subjects: Vec<Subject<'_>>,
) -> Result<Option<Group>, LabError> {
    let counts = counts(&mut subjects, Mode::Commit)?;
    let subjects: Vec<_> = subjects.into_iter().map(|subject| (RefCell::new(subject), RefCell::default())).collect();
    let plain = subjects.iter().zip(ARMS).map(|((subject, _), (name, ..))| Arm {
        name: name.to_owned(),
        per_unit: 1,
        batch: Box::new(|times| subject.borrow_mut().commits(times)),
    });
    let timed = subjects.iter().zip(ARMS).map(|((subject, recorded), (name, ..))| Arm {
        name: format!("{name}, with a stopwatch"),
        per_unit: 1,
        batch: Box::new(|times| {
            let (took, parts) = subject.borrow_mut().commits_timed(times)?;
            let recorded: &RefCell<Recorded> = recorded;
            recorded.borrow_mut().note(times, took, &parts);
            Ok(took)
        }),
    });
    let comparison = Comparison { section: DISK, title, per: Per::Transaction, base: SLICES, thinned: 1 };
    let arms = plain.chain(timed).collect();
    let Some(mut group) = context.compare(&comparison, arms)? else { return Ok(None) };
    let timed = group.arms.split_off(ARMS.len());
    for (((arm, timed), (_, recorded)), counts) in group.arms.iter_mut().zip(timed).zip(&subjects).zip(counts) {
        let parts = recorded.borrow().of(&timed.samples_ns);
        arm.split = parts.map(|parts| TimeSplit::new(&arm.samples_ns, timed.samples_ns, parts));
        arm.counts = counts;
    }
    Ok(Some(group))
}

fn findings(workloads: &[Box<dyn Workload>], groups: Vec<Group>) -> Findings {
    let shapes = workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape()));
    let mut method = vec![
        "Each arm is a contract deployed alone on a machine of its own. Its results are compared with the native model's, and its state root with the one worked out from the model's bytes.".to_owned(),
        "Warm: the contract is compiled and was called before. Under soft its frames are present; eager drops them after each call, as it always does. A dry run repeats one call; commits go on from one another.".to_owned(),
        "Slices run under the pager soft, in contracts that map no storage, and move whole records at once.".to_owned(),
        "Where the time goes is read off a stopwatch at the border of each part, in further samples of the same rounds; the table says how many times as long a transaction takes with it. Start: the moment of the store, account, code, frames and instance. Execution: the contract's code with the host functions that it calls, and calls inside it. Faults: making pages ready, at entry or when one is touched. Diff: comparing pages with their committed bytes. Commit: handing everything to the store. Receipt: making it, and putting frames and instances back. Other: what the parts leave of the whole. Medians of parts add up to that of the whole only nearly.".to_owned(),
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
