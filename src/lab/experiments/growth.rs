//! Does the cost of a call follow what changed, or what exists?

use std::time::Duration;

use super::context::{Comparison, Sizes};
use super::{Context, Experiment, Findings, Group, Per, Settings};
use crate::lab::LabError;
use crate::lab::measure::Arm;
use crate::lab::workloads::{Ballast, Form, Mode, Subject, World};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "growth",
    question: "Does the cost of a call follow what changed, or what exists?",
    duration,
    run,
};

/// The table and the arm that the others are compared with.
pub(in crate::lab) const SECTION: &str = "one changed page beside other storage";
pub(in crate::lab) const NONE: &str = "0 MiB";
pub(in crate::lab) const MOST: &str = "256 MiB";

/// The rows.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
const ROWS: [(&str, Form, PagerKind, usize); 3] = [
    (SOFT, Form::Mapped, PagerKind::Soft, 4),
    ("slices", Form::Slices, PagerKind::Soft, 4),
    ("mapped, eager", Form::Mapped, PagerKind::Eager, 3),
];

/// Other pages that there are. The last fills the usual page limit, the variable's page being in it.
fn sizes(sizes: Sizes) -> [(&'static str, u32); 4] {
    match sizes {
        Sizes::Standard => [(NONE, 0), ("1 MiB", 256), ("64 MiB", 16_384), (MOST, 65_535)],
        Sizes::Tiny => [(NONE, 0), ("1 MiB", 1), ("64 MiB", 2), (MOST, 3)],
    }
}

fn duration(settings: &Settings) -> Duration {
    settings.duration(ROWS.iter().map(|row| row.3).sum(), 1)
}

fn run(context: &mut Context<'_>) -> Result<Findings, LabError> {
    let mut groups = Vec::new();
    for (title, form, pager, arms) in ROWS {
        groups.extend(compare(context, title, form, pager, arms)?);
    }
    Ok(findings(groups))
}

fn compare(
    context: &mut Context<'_>,
    title: &str,
    form: Form,
    pager: PagerKind,
    count: usize,
) -> Result<Option<Group>, LabError> {
    let sizes = sizes(context.settings.sizes);
    let workloads: Vec<(&str, Ballast)> =
        sizes.iter().take(count).map(|&(name, pages)| (name, Ballast { pages })).collect();
    let mut subjects = Vec::new();
    for (name, workload) in &workloads {
        if context.interrupted() {
            break;
        }
        subjects.push((*name, Subject::new(workload, form, pager, World::in_memory()?)?));
    }
    let arms = subjects.iter_mut().map(|(name, subject)| Arm {
        name: (*name).to_owned(),
        per_unit: 1,
        batch: Box::new(|times| subject.dry_runs(times)),
    });
    let comparison = Comparison { section: SECTION, title, per: Per::Transaction, base: NONE, thinned: 1 };
    let mut group = context.compare(&comparison, arms.collect())?;
    if let Some(group) = &mut group {
        for (arm, (_, subject)) in group.arms.iter_mut().zip(&mut subjects) {
            arm.counts = subject.counts(Mode::DryRun)?;
        }
    }
    Ok(group)
}

fn findings(groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: a whole warm dry run, the state root it would lead to included.".to_owned(),
        method: vec![
            "A contract adds 1 to one variable and leaves its other storage alone; 8 bytes are set on each of the other pages. The sizes of one row are sampled against each other.".to_owned(),
            "eager stops at 64 MiB: it copies all of it each time.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let claim = "counter beside 256 MiB of other storage against none (soft)";
    findings.ratio_target(claim, 1.1, (SECTION, SOFT), MOST, NONE);
    findings
}
