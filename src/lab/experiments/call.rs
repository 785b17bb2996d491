//! What does a whole transaction cost?

use std::time::Duration;

use super::context::Comparison;
use super::{Context, Experiment, Findings, Group, Per, Settings};
use crate::lab::LabError;
use crate::lab::measure::Arm;
use crate::lab::workloads::{Form, Subject, Workload, World};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment =
    Experiment { name: "call", question: "What does a whole transaction cost?", duration, run };

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

fn duration(settings: &Settings) -> Duration {
    settings.duration(3 * ARMS.len() * settings.workloads().len(), 1)
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
        groups.extend(compare(context, DRY, workload.name(), &mut in_memory, Subject::dry_runs)?);
        groups.extend(compare(context, MEMORY, workload.name(), &mut in_memory, Subject::commits)?);
        let mut on_disk = subjects(workload.as_ref(), || World::on_disk(&context.store_directory()))?;
        groups.extend(compare(context, DISK, workload.name(), &mut on_disk, Subject::commits)?);
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

/// How a batch of calls is run.
type Batch<'a> = fn(&mut Subject<'a>, u64) -> Result<Duration, LabError>;

fn compare<'a>(
    context: &mut Context<'_>,
    section: &str,
    title: &str,
    subjects: &mut [Subject<'a>],
    batch: Batch<'a>,
) -> Result<Option<Group>, LabError> {
    let arms = subjects.iter_mut().zip(ARMS).map(|(subject, (name, ..))| Arm {
        name: name.to_owned(),
        per_unit: 1,
        batch: Box::new(move |times| batch(subject, times)),
    });
    let comparison = Comparison { section, title, per: Per::Transaction, base: SLICES, thinned: 1 };
    let group = context.compare(&comparison, arms.collect())?;
    Ok(group.map(|mut group| {
        for (arm, subject) in group.arms.iter_mut().zip(subjects.iter()) {
            arm.counts = subject.counts();
        }
        group
    }))
}

fn findings(workloads: &[Box<dyn Workload>], groups: Vec<Group>) -> Findings {
    let shapes = workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape()));
    let mut method = vec![
        "Each arm is a contract deployed alone on a machine of its own. Its results are compared with the native model's, and its state root with the one worked out from the model's bytes.".to_owned(),
        "Warm: the contract is compiled and was called before. Under soft its frames are present; eager drops them after each call, as it always does. A dry run repeats one call; commits go on from one another.".to_owned(),
        "Slices run under the pager soft, in contracts that map no storage, and move whole records at once.".to_owned(),
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
