//! How far is a call from the floor of this host?

use std::time::Duration;

use super::call::{DISK, DRY, SLICES, mapped};
use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::{Arm, Batch};
use crate::lab::workloads::{ByHand, Extent, Form, Mode, Subject, Testbed, Workload};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "floor",
    question: "How far is a call from the floor of this host?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// The arm without a contract.
pub(in crate::lab) const BY_HAND: &str = "by hand";

/// The differences are large here, so a third of the rounds suffices.
const COST: Cost = Cost::new(140, 30).thinned(3);

/// What an arm runs.
#[derive(Debug, Clone, Copy)]
enum ArmKind {
    ByHand(Extent),
    Contract(Form, PagerKind),
}

/// An arm before it is set up.
#[derive(Debug)]
struct ArmSpec {
    name: String,
    kind: ArmKind,
}

fn arms(settings: &Settings, section: &str) -> Vec<ArmSpec> {
    let extent = if section == DRY { Extent::Hashed } else { Extent::Committed };
    let mut arms = vec![ArmSpec { name: BY_HAND.to_owned(), kind: ArmKind::ByHand(extent) }];
    let mapped_arm = |pager| ArmSpec { name: mapped(pager), kind: ArmKind::Contract(Form::Mapped, pager) };
    arms.extend(settings.pagers().map(mapped_arm));
    arms.push(ArmSpec { name: SLICES.to_owned(), kind: ArmKind::Contract(Form::Slices, PagerKind::Soft) });
    arms
}

/// The mode of the calls of a table.
fn mode(section: &str) -> Mode {
    if section == DRY { Mode::DryRun } else { Mode::Commit }
}

fn duration(settings: &Settings) -> Duration {
    let rows = |section| COST.duration(settings, arms(settings, section).len()) * settings.workloads.len() as u32;
    rows(DRY) + rows(DISK)
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let workloads = context.settings.workloads();
    let mut groups = Vec::new();
    for section in [DRY, DISK] {
        for workload in &workloads {
            groups.extend(compare(context, section, workload.as_ref())?);
        }
    }
    Ok(groups)
}

/// An arm that is set up.
enum Runner<'a> {
    ByHand(Box<ByHand<'a>>, Extent),
    Contract(Box<Subject<'a>>),
}

impl<'a> Runner<'a> {
    fn new(workload: &'a dyn Workload, kind: ArmKind, testbed: Testbed) -> Result<Self, LabError> {
        Ok(match kind {
            ArmKind::Contract(form, pager) => Self::Contract(Box::new(Subject::new(workload, form, pager, testbed)?)),
            ArmKind::ByHand(extent) => {
                let subject = Subject::new(workload, Form::Mapped, PagerKind::Soft, testbed)?;
                Self::ByHand(Box::new(ByHand::new(subject)?), extent)
            }
        })
    }

    fn batch(&mut self, section: &str) -> Batch<'_> {
        match self {
            Self::ByHand(by_hand, extent) => Box::new(|times| by_hand.steps(times, *extent)),
            Self::Contract(subject) => {
                let mode = mode(section);
                Box::new(move |times| match mode {
                    Mode::DryRun => subject.dry_runs(times),
                    Mode::Commit => subject.commits(times),
                })
            }
        }
    }
}

fn compare(context: &mut Context<'_>, section: &str, workload: &dyn Workload) -> Result<Option<Group>, LabError> {
    let specs = arms(&context.settings, section);
    let mut runners = Vec::new();
    for spec in &specs {
        if context.interrupted() {
            break;
        }
        let testbed = match section {
            DRY => context.in_memory()?,
            _ => context.on_disk()?,
        };
        runners.push(Runner::new(workload, spec.kind, testbed)?);
    }
    let arm = |(spec, runner): (&ArmSpec, _)| {
        let runner: &mut Runner<'_> = runner;
        Arm { name: spec.name.clone(), per_unit: 1, batch: runner.batch(section) }
    };
    let arms = specs.iter().zip(&mut runners).map(arm).collect();
    let title = workload.name();
    let comparison = Comparison { section, title, per: Per::Transaction, base: BY_HAND, cost: COST };
    let mut group = context.compare(&comparison, arms)?;
    if let Some(group) = &mut group {
        for (arm, runner) in group.arms.iter_mut().zip(&mut runners) {
            if let Runner::Contract(subject) = runner {
                arm.counts = subject.counts(mode(section))?;
            }
            arm.counts.extend(match runner {
                Runner::Contract(subject) => subject.events(mode(section), |_| Ok(()))?,
                Runner::ByHand(by_hand, extent) => by_hand.events(*extent)?,
            });
        }
    }
    Ok(group)
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: the whole call; by hand, the algorithm, the hashing of changed pages, and the commit in the commit table.".to_owned(),
        method: vec![
            "The arm by hand runs the native model of the workload on memory that is already allocated. It then hashes the changed pages and computes the state root with the functions of the VM. In the commit table it also commits the same change to a store with the same contract: the same pages, diff and tree, and a receipt of the same length. Which pages a step changes, and where, is determined before the time starts.".to_owned(),
            "The arm by hand has no contract, no gas, no isolation, no faults, and no comparison with the committed bytes. The distance of the other arms to it is the price of these. It is a floor, not a way to run contracts.".to_owned(),
            "The state root by hand is compared with the one computed from the native model's bytes alone.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
