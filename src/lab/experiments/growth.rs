//! Does the cost of a call follow what changed, or what exists?

use std::path::PathBuf;
use std::time::Duration;

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::settings::GrowthSettings;
use crate::lab::workloads::{Ballast, Form, Mode, Subject, World};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "growth",
    question: "Does the cost of a call follow what changed, or what exists?",
    duration,
    run,
    conclude,
    laid_once: true,
};

/// The tables, and the arm that the others of the first are compared with.
pub(in crate::lab) const SECTION: &str = "one changed page beside other storage";
pub(in crate::lab) const CHANGED: &str = "so many changed pages beside other storage";
pub(in crate::lab) const NONE: &str = "0 MiB";

/// The rows of the first table.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
const ROWS: [(&str, Form, PagerKind); 3] = [
    (SOFT, Form::Mapped, PagerKind::Soft),
    ("slices", Form::Slices, PagerKind::Soft),
    ("mapped, eager", Form::Mapped, PagerKind::Eager),
];

/// What laying a page takes about, and hashing it for the judge, when it is laid and for the first call.
const LAYING: Duration = Duration::from_nanos(14_500);

/// What hashing a page for the judge takes, once for each other call.
const JUDGING: Duration = Duration::from_nanos(2_600);

/// A sample is a call; the judge is in laying.
const COST: Cost = Cost::new(120, 10);

/// The name of so many pages.
pub(in crate::lab) fn size(pages: u32) -> String {
    match (pages + 1) / 256 {
        0 if pages > 0 => format!("{} KiB", pages * 4),
        mebibytes if mebibytes >= 1_024 => format!("{} GiB", mebibytes / 1_024),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// The sizes of a row of the first table.
fn stored(settings: &GrowthSettings, pager: PagerKind) -> Vec<u32> {
    let most = if pager == PagerKind::Eager { settings.eager_pages } else { u32::MAX };
    settings.stored_pages.iter().copied().filter(|pages| *pages <= most).collect()
}

fn laying(sizes: &[u32]) -> Duration {
    sizes.iter().map(|pages| LAYING * *pages).sum()
}

fn judging(sizes: &[u32]) -> Duration {
    sizes.iter().map(|pages| JUDGING * *pages).sum()
}

fn duration(settings: &Settings) -> Duration {
    let growth = &settings.growth;
    let row = |pager| {
        let sizes = stored(growth, pager);
        COST.duration(settings, sizes.len()) + laying(&sizes)
    };
    let beside = &growth.changed_beside_pages;
    let changed = (COST.duration(settings, beside.len()) + judging(beside)) * growth.changed_pages.len() as u32;
    ROWS.map(|(_, _, pager)| row(pager)).iter().sum::<Duration>() + laying(beside) + changed
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let growth = context.settings.growth.clone();
    let mut groups = Vec::new();
    for (title, form, pager) in ROWS {
        let workloads: Vec<Ballast> = stored(&growth, pager).into_iter().map(|pages| Ballast { pages }).collect();
        let mut stores = Stores::new(context, &workloads, form, pager)?;
        let row = Comparison { section: SECTION, title, per: Per::Transaction, base: &size(0), cost: COST };
        let base = size(workloads.first().map_or(0, |workload| workload.pages));
        groups.extend(stores.compare(context, &Comparison { base: &base, ..row }, None)?);
    }
    let workloads: Vec<Ballast> = growth.changed_beside_pages.iter().map(|pages| Ballast { pages: *pages }).collect();
    let mut stores = Stores::new(context, &workloads, Form::Mapped, PagerKind::Soft)?;
    for changed in &growth.changed_pages {
        let base = size(growth.changed_beside_pages.first().copied().unwrap_or(0));
        let title = &changed.to_string();
        let row = Comparison { section: CHANGED, title, per: Per::Transaction, base: &base, cost: COST };
        groups.extend(stores.compare(context, &row, Some(*changed))?);
    }
    drop(stores);
    Ok(groups)
}

/// The contracts of a row, each beside other storage of another size.
struct Stores<'a> {
    subjects: Vec<(String, Subject<'a>)>,
    /// The other pages of each.
    pages: Vec<u32>,
    /// Where their stores are: too much to leave there until the end of the run.
    directories: Vec<PathBuf>,
}

impl<'a> Stores<'a> {
    fn new(
        context: &mut Context<'_>,
        workloads: &'a [Ballast],
        form: Form,
        pager: PagerKind,
    ) -> Result<Self, LabError> {
        let mut stores = Self { subjects: Vec::new(), pages: Vec::new(), directories: Vec::new() };
        for workload in workloads {
            if context.interrupted() {
                break;
            }
            let directory = context.store_directory();
            stores.directories.push(directory.clone());
            let name = size(workload.pages);
            context.preparing(&format!("laying {name}"));
            stores.subjects.push((name, Subject::new(workload, form, pager, World::on_disk(&directory)?)?));
            stores.pages.push(workload.pages);
            context.prepared(laying(&[workload.pages]));
        }
        Ok(stores)
    }

    /// Compares a call that changes one page, or so many.
    fn compare(
        &mut self,
        context: &mut Context<'_>,
        comparison: &Comparison<'_>,
        changed: Option<u32>,
    ) -> Result<Option<Group>, LabError> {
        let step = changed.map(Ballast::raise);
        let arms = self.subjects.iter_mut().map(|(name, subject)| Arm {
            name: name.clone(),
            per_unit: 1,
            batch: match step.clone() {
                Some(step) => Box::new(move |times| subject.dry_runs_of(&step, times)),
                None => Box::new(|times| subject.dry_runs(times)),
            },
        });
        let mut group = context.compare(comparison, arms.collect())?;
        if step.is_some() {
            context.prepared(judging(&self.pages));
        }
        if let Some(group) = &mut group {
            for (arm, (_, subject)) in group.arms.iter_mut().zip(&mut self.subjects) {
                arm.counts = match &step {
                    Some(step) => subject.counts_of(step)?,
                    None => subject.counts(Mode::DryRun)?,
                };
                arm.counts.extend(match &step {
                    Some(step) => subject.events_of(step, None)?,
                    None => subject.events(Mode::DryRun, |_| Ok(()))?,
                });
            }
        }
        Ok(group)
    }
}

impl Drop for Stores<'_> {
    fn drop(&mut self) {
        self.subjects.clear();
        for directory in &self.directories {
            // The whole scratch directory is removed in the end, and what is in its way is no failure of the run.
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Inside the time: a whole warm dry run, the state root it would lead to included.".to_owned(),
        method: vec![
            "A contract in LMDB adds 1 to one variable, or to the first word of so many pages, and leaves its other storage alone; 8 bytes are set on each of the other pages. The sizes of one row are sampled against each other.".to_owned(),
            "The stores are laid once in a run, as that takes long: intervals say nothing of what laying them elsewhere would change.".to_owned(),
            "eager copies all storage each time, and so stops at a smaller size than the others.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let most = findings.group(SECTION, SOFT).and_then(|group| group.arms.last()).map(|arm| arm.name.clone());
    if let Some(most) = most {
        let claim = format!("counter beside {most} of other storage against none (soft)");
        findings.ratio_target(&claim, 1.1, (SECTION, SOFT), &most, NONE);
    }
    findings
}
