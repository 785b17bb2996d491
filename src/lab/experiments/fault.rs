//! What does the first touch of a page in a call cost?

use std::time::Duration;

use super::context::{Comparison, Sizes};
use super::{Context, Experiment, Findings, Group, Per, Settings};
use crate::lab::LabError;
use crate::lab::measure::Arm;
use crate::lab::workloads::{Ballast, Form, Subject, World};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment =
    Experiment { name: "fault", question: "What does the first touch of a page in a call cost?", duration, run };

/// The table, its rows and arms.
pub(in crate::lab) const SECTION: &str = "first touch of a page";
pub(in crate::lab) const READ: &str = "read";
pub(in crate::lab) const WRITE: &str = "write";
pub(in crate::lab) const SOFT: &str = "mapped, soft";
pub(in crate::lab) const EAGER: &str = "mapped, eager";
pub(in crate::lab) const SLICE: &str = "slice to memory";

const ARMS: [(&str, Form, PagerKind); 3] = [
    (SLICE, Form::Slices, PagerKind::Soft),
    (SOFT, Form::Mapped, PagerKind::Soft),
    (EAGER, Form::Mapped, PagerKind::Eager),
];

fn duration(settings: &Settings) -> Duration {
    settings.duration(2 * ARMS.len())
}

/// Makes the step that touches some of the pages there are.
type Touch = fn(pages: u32, touched: u32) -> Ballast;

fn run(context: &mut Context<'_>) -> Result<Findings, LabError> {
    let pages = match context.settings.sizes {
        Sizes::Standard => 1_024,
        Sizes::Tiny => 4,
    };
    let rows: [(&str, Touch); 2] = [
        (READ, |pages, touched| Ballast::Read { pages, touched }),
        (WRITE, |pages, touched| Ballast::Rewritten { pages, touched }),
    ];
    let mut groups = Vec::new();
    for (title, touch) in rows {
        groups.extend(compare(context, title, pages, touch)?);
    }
    Ok(findings(pages, groups))
}

fn compare(context: &mut Context<'_>, title: &str, pages: u32, touch: Touch) -> Result<Option<Group>, LabError> {
    let (all, none) = (touch(pages, pages), touch(pages, 0));
    let mut subjects = Vec::new();
    for (name, form, pager) in ARMS {
        let with = Subject::new(&all, form, pager, World::in_memory()?)?;
        let without = Subject::new(&none, form, pager, World::in_memory()?)?;
        subjects.push((name, with, without));
    }
    let arms = subjects.iter_mut().map(|(name, with, without)| Arm {
        name: (*name).to_owned(),
        per_unit: u64::from(pages),
        batch: Box::new(|times| match *name {
            EAGER => with.dry_runs(times),
            _ => Ok(with.dry_runs(times)?.saturating_sub(without.dry_runs(times)?)),
        }),
    });
    let comparison = Comparison { section: SECTION, title, per: Per::Page, base: SLICE };
    let group = context.compare(&comparison, arms.collect())?;
    Ok(group.map(|mut group| {
        for (arm, (_, with, _)) in group.arms.iter_mut().zip(&subjects) {
            arm.counts = with.counts();
        }
        group.note =
            Some("eager copies every stored page at entry, touched or not: its whole call is counted".to_owned());
        group
    }))
}

fn findings(pages: u32, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: the touch and all that it causes in the call, to the undoing at its end. Not inside: what a call costs that touches nothing (for eager, which pays at entry, it is inside).".to_owned(),
        method: vec![
            format!("A dry run touches 8 bytes on each of {pages} pages, whose frames are present from the call before under soft and for slices. The time of the same contract's call that touches none is subtracted, and the rest divided by the pages."),
            "A write writes what is already there, so that no page is hashed. Its time has more in it than the fault: the comparison with the committed bytes and the undoing of a dry run. The fault is not told apart from them.".to_owned(),
        ],
        groups,
        targets: Vec::new(),
    };
    findings.time_target("soft fault on a page whose frame is present, read", 100.0, (SECTION, READ), SOFT);
    findings
}
