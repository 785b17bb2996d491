//! How far is a call from what this machine could do?

use std::time::Duration;

use super::call::{DISK, DRY, SLICES, mapped};
use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::{Arm, Batch};
use crate::lab::workloads::{ByHand, Extent, Form, Mode, Subject, Workload, World};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "floor",
    question: "How far is a call from what this machine could do?",
    duration,
    run,
    conclude,
    laid_once: false,
};

/// The arm without a contract.
pub(in crate::lab) const BY_HAND: &str = "by hand";

/// What is looked for here is no small difference: a third of the rounds will do.
const COST: Cost = Cost::new(140, 30).thinned(3);

/// What is compared in a table.
#[derive(Debug, Clone, Copy)]
enum Way {
    ByHand(Extent),
    Contract(Form, PagerKind),
}

fn ways(settings: &Settings, section: &str) -> Vec<(String, Way)> {
    let extent = if section == DRY { Extent::Hashed } else { Extent::Committed };
    let mut ways = vec![(BY_HAND.to_owned(), Way::ByHand(extent))];
    ways.extend(settings.pagers().map(|pager| (mapped(pager), Way::Contract(Form::Mapped, pager))));
    ways.push((SLICES.to_owned(), Way::Contract(Form::Slices, PagerKind::Soft)));
    ways
}

/// What becomes of a contract's call in a table.
fn mode(section: &str) -> Mode {
    if section == DRY { Mode::DryRun } else { Mode::Commit }
}

fn duration(settings: &Settings) -> Duration {
    let rows = |section| COST.duration(settings, ways(settings, section).len()) * settings.workloads.len() as u32;
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

/// What one arm runs.
enum Runner<'a> {
    ByHand(Box<ByHand<'a>>, Extent),
    Contract(Box<Subject<'a>>),
}

impl<'a> Runner<'a> {
    fn new(workload: &'a dyn Workload, way: Way, world: World) -> Result<Self, LabError> {
        Ok(match way {
            Way::Contract(form, pager) => Self::Contract(Box::new(Subject::new(workload, form, pager, world)?)),
            Way::ByHand(extent) => {
                let subject = Subject::new(workload, Form::Mapped, PagerKind::Soft, world)?;
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
    let ways = ways(&context.settings, section);
    let mut runners = Vec::new();
    for (_, way) in &ways {
        if context.interrupted() {
            break;
        }
        let world = match section {
            DRY => context.in_memory()?,
            _ => context.on_disk()?,
        };
        runners.push(Runner::new(workload, *way, world)?);
    }
    let arm = |((name, _), runner): (&(String, Way), _)| {
        let runner: &mut Runner<'_> = runner;
        Arm { name: name.clone(), per_unit: 1, batch: runner.batch(section) }
    };
    let arms = ways.iter().zip(&mut runners).map(arm).collect();
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
        timed: "Inside the time: the whole call; by hand, the algorithm, the hashing of what it changed, and the commit where there is one.".to_owned(),
        method: vec![
            "By hand: the workload's model in Rust works on plain memory that is there from the first. Then the pages that it changed are hashed and the state root is worked out, by the functions that the virtual machine uses, and where the table says so the same change is committed to a store with the same contract in it: same pages, same differences, same tree, a receipt of the same length. Which pages a step changes, and where, is found out before, outside the time.".to_owned(),
            "There is no contract by hand, no gas, no isolation, no page that is brought in and no comparison with what was: what stands beside it is what these cost. A floor, and no way to run contracts.".to_owned(),
            "The state root of what was done by hand is compared with the one that is worked out from the model's bytes alone.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    }
}
