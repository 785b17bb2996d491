//! What does durability cost?

use std::path::Path;
use std::time::Duration;

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::settings::WorkloadSettings;
use crate::lab::workloads::{Form, Mode, Subject, Testbed, Workload};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "durability",
    question: "What does durability cost?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// The table.
pub(in crate::lab) const SECTION: &str = "commits to LMDB";

/// The arms that commit each call.
pub(in crate::lab) const ASYNC: &str = "async";
pub(in crate::lab) const SYNCED: &str = "synced";

/// Opens the store of an arm.
type Open = fn(&Path) -> Result<Testbed, LabError>;

const STORES: [(&str, Open); 2] = [(ASYNC, Testbed::on_disk), (SYNCED, Testbed::synced)];

/// The arm that commits blocks of calls.
pub(in crate::lab) fn in_blocks(store: &str, calls: u32) -> String {
    format!("{store}, blocks of {calls}")
}

/// An arm before its contract is deployed.
struct ArmSpec {
    name: String,
    open: Open,
    /// The number of calls in a block; nothing if each call is committed alone.
    block: Option<u32>,
}

fn arms(settings: &Settings) -> Vec<ArmSpec> {
    let sizes = settings.durability.calls_in_block.iter().copied().map(Some);
    let arm = |block: Option<u32>| {
        STORES.map(|(store, open)| {
            let name = block.map_or(store.to_owned(), |calls| in_blocks(store, calls));
            ArmSpec { name, open, block }
        })
    };
    [None].into_iter().chain(sizes).flat_map(arm).collect()
}

/// A block may be longer than a sample.
const COST: Cost = Cost::new(150, 15);

fn duration(settings: &Settings) -> Duration {
    COST.duration(settings, arms(settings).len()) * settings.durability.workloads.len() as u32
}

fn workloads(settings: &Settings) -> Vec<Box<dyn Workload>> {
    settings.durability.workloads.iter().map(WorkloadSettings::workload).collect()
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let workloads = workloads(&context.settings);
    let mut groups = Vec::new();
    for workload in &workloads {
        groups.extend(compare(context, workload.as_ref())?);
    }
    Ok(groups)
}

fn compare(context: &mut Context<'_>, workload: &dyn Workload) -> Result<Option<Group>, LabError> {
    let mut subjects = Vec::new();
    for spec in arms(&context.settings) {
        let testbed = (spec.open)(&context.store_directory())?;
        let subject = Subject::new(workload, Form::Mapped, PagerKind::Soft, testbed)?;
        subjects.push((spec, subject));
    }
    let arms = subjects.iter_mut().map(|(spec, subject)| Arm {
        name: spec.name.clone(),
        per_unit: spec.block.unwrap_or(1).into(),
        batch: match spec.block {
            Some(calls) => Box::new(move |times| subject.blocks(times, calls)),
            None => Box::new(|times| subject.commits(times)),
        },
    });
    let title = workload.name();
    let comparison = Comparison { section: SECTION, title, per: Per::Transaction, base: ASYNC, cost: COST };
    let mut group = context.compare(&comparison, arms.collect())?;
    if let Some(group) = &mut group {
        for (arm, (spec, subject)) in group.arms.iter_mut().zip(&mut subjects) {
            arm.counts = match spec.block {
                Some(calls) => subject.counts_of_block(calls)?,
                None => subject.counts(Mode::Commit)?,
            };
            arm.counts.extend(match spec.block {
                Some(calls) => subject.events_of_block(calls)?,
                None => subject.events(Mode::Commit, |_| Ok(()))?,
            });
        }
    }
    Ok(group)
}

fn conclude(settings: &Settings, groups: Vec<Group>) -> Findings {
    let workloads = workloads(settings);
    let mut method = vec![
        "Each arm is a mapped contract under soft with its own store. All stores are in the directory for temporary files. async: commits do not wait for the disk; a commit survives the end of the process, but not a power failure. synced: each commit waits for the disk.".to_owned(),
        "Blocks of n: n calls are one commit, with one write, one state root, and a world root over the only account. The time is that of a block divided by its calls. The counts are of a whole block.".to_owned(),
    ];
    method.extend(workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape())));
    Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: the whole call or block, from the request to the receipt, with the commit.".to_owned(),
        method,
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
