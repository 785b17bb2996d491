//! What does it cost that a commit survives?

use std::path::Path;
use std::time::Duration;

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::settings::WorkloadSettings;
use crate::lab::workloads::{Form, Mode, Subject, Workload, World};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "durability",
    question: "What does it cost that a commit survives?",
    duration,
    run,
    conclude,
    laid_once: false,
};

/// The table.
pub(in crate::lab) const SECTION: &str = "commits to LMDB";

/// The arms of single calls.
pub(in crate::lab) const ASYNC: &str = "async";
pub(in crate::lab) const SYNCED: &str = "synced";

/// How the store of an arm is opened.
type Open = fn(&Path) -> Result<World, LabError>;

const STORES: [(&str, Open); 2] = [(ASYNC, World::on_disk), (SYNCED, World::synced)];

/// The arms of blocks.
pub(in crate::lab) fn in_blocks(store: &str, calls: u32) -> String {
    format!("{store}, blocks of {calls}")
}

/// Each arm: its name, its store, and how many calls a block has, if there are blocks.
fn arms(settings: &Settings) -> Vec<(String, Open, Option<u32>)> {
    let sizes = settings.durability.calls_in_block.iter().copied().map(Some);
    let sizes: Vec<Option<u32>> = [None].into_iter().chain(sizes).collect();
    let arm = |size: Option<u32>| {
        STORES.map(|(store, open)| (size.map_or(store.to_owned(), |calls| in_blocks(store, calls)), open, size))
    };
    sizes.into_iter().flat_map(arm).collect()
}

/// A block may be longer than a sample.
const COST: Cost = Cost::new(150, 15);

fn duration(settings: &Settings) -> Duration {
    COST.duration(settings, arms(settings).len()) * settings.durability.workloads.len() as u32
}

/// What is called.
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
    for (name, open, size) in arms(&context.settings) {
        let world = open(&context.store_directory())?;
        subjects.push((name, Subject::new(workload, Form::Mapped, PagerKind::Soft, world)?, size));
    }
    let arms = subjects.iter_mut().map(|(name, subject, size)| Arm {
        name: name.clone(),
        per_unit: size.unwrap_or(1).into(),
        batch: match *size {
            Some(calls) => Box::new(move |times| subject.blocks(times, calls)),
            None => Box::new(|times| subject.commits(times)),
        },
    });
    let title = workload.name();
    let comparison = Comparison { section: SECTION, title, per: Per::Transaction, base: ASYNC, cost: COST };
    let mut group = context.compare(&comparison, arms.collect())?;
    if let Some(group) = &mut group {
        for (arm, (_, subject, size)) in group.arms.iter_mut().zip(&mut subjects) {
            arm.counts = match size {
                Some(calls) => subject.counts_of_block(*calls)?,
                None => subject.counts(Mode::Commit)?,
            };
            arm.counts.extend(match size {
                Some(calls) => subject.events_of_block(*calls)?,
                None => subject.events(Mode::Commit, |_| Ok(()))?,
            });
        }
    }
    Ok(group)
}

fn conclude(settings: &Settings, groups: Vec<Group>) -> Findings {
    let workloads = workloads(settings);
    let mut method = vec![
        "Mapped contracts under soft, each on a store of its own, all in one directory for temporary files. async: LMDB does not wait for the disk; a commit survives the death of the process, but not a power cut. synced: each commit waits until the disk has it.".to_owned(),
        "Blocks of n: n calls are one commit, with one state root and one write for all, and a world root over all accounts, of which there is one. The time is that of a block over its calls; what is counted is that of a whole block.".to_owned(),
    ];
    method.extend(workloads.iter().map(|workload| format!("{}: {}.", workload.name(), workload.shape())));
    Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the whole call or block, from the request to the receipt, the commit included."
            .to_owned(),
        method,
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
