//! Does the cost of a call depend on how much it changes, or on how much is stored?

use std::path::PathBuf;
use std::time::Duration;

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::settings::GrowthSettings;
use crate::lab::workloads::{Ballast, Form, Mode, Subject, Testbed};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "growth",
    question: "Does the cost of a call depend on how much it changes, or on how much is stored?",
    duration,
    run,
    conclude,
    has_one_laying: true,
};

/// The tables.
pub(in crate::lab) const SECTION: &str = "one changed page beside other storage";
pub(in crate::lab) const CHANGED: &str = "many changed pages beside other storage";

/// The base of the first table.
pub(in crate::lab) const NONE: &str = "0 MiB";

/// The rows of the first table.
pub(in crate::lab) const SOFT: &str = "mapped, soft";
const ROWS: [(&str, Form, PagerKind); 3] = [
    (SOFT, Form::Mapped, PagerKind::Soft),
    ("slices", Form::Slices, PagerKind::Soft),
    ("mapped, eager", Form::Mapped, PagerKind::Eager),
];

/// The time for storing a page and hashing it for the native model twice: after the setup and after the first call.
const STORING: Duration = Duration::from_nanos(14_500);

/// The time for hashing a page for the native model once more, for a call of another kind.
const HASHING: Duration = Duration::from_nanos(2_600);

/// A sample is a call. Hashing for the native model is planned with [`STORING`].
const COST: Cost = Cost::new(120, 10);

/// The size of `pages` pages, with its unit.
pub(in crate::lab) fn size(pages: u32) -> String {
    match (pages + 1) / 256 {
        0 if pages > 0 => format!("{} KiB", pages * 4),
        mebibytes if mebibytes >= 1_024 => format!("{} GiB", mebibytes / 1_024),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// The numbers of stored pages in a row of the first table.
fn stored(settings: &GrowthSettings, pager: PagerKind) -> Vec<u32> {
    let most = if pager == PagerKind::Eager { settings.eager_pages } else { u32::MAX };
    settings.stored_pages.iter().copied().filter(|pages| *pages <= most).collect()
}

fn storing(sizes: &[u32]) -> Duration {
    sizes.iter().map(|pages| STORING * *pages).sum()
}

fn hashing(sizes: &[u32]) -> Duration {
    sizes.iter().map(|pages| HASHING * *pages).sum()
}

fn duration(settings: &Settings) -> Duration {
    let growth = &settings.growth;
    let row = |pager| {
        let sizes = stored(growth, pager);
        COST.duration(settings, sizes.len()) + storing(&sizes)
    };
    let beside = &growth.changed_beside_pages;
    let changed = (COST.duration(settings, beside.len()) + hashing(beside)) * growth.changed_pages.len() as u32;
    ROWS.map(|(_, _, pager)| row(pager)).iter().sum::<Duration>() + storing(beside) + changed
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

/// The contracts of a row, which differ in the amount of other storage.
struct Stores<'a> {
    subjects: Vec<(String, Subject<'a>)>,
    /// The number of other pages of each contract.
    pages: Vec<u32>,
    /// The directories of the stores. They are too large to keep until the end of the run.
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
            context.preparing(&format!("storing {name}"));
            stores.subjects.push((name, Subject::new(workload, form, pager, Testbed::on_disk(&directory)?)?));
            stores.pages.push(workload.pages);
            context.prepared(storing(&[workload.pages]));
        }
        Ok(stores)
    }

    /// Compares calls that change one page, or `changed` pages.
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
            context.prepared(hashing(&self.pages));
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
            // A failure does no harm: the whole temporary directory is removed at the end of the run.
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

fn conclude(_: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: "Timed: a whole warm dry run, with the computation of its state root.".to_owned(),
        method: vec![
            "A contract in LMDB adds 1 to one variable, or to the first word of each of several pages. It leaves its other storage alone, in which 8 bytes of each page are set. The arms of a row differ in the amount of other storage.".to_owned(),
            "Storing the pages takes long, so there is only one laying. The intervals do not contain the effect of other memory addresses.".to_owned(),
            "eager copies all storage at each call, and is measured up to a smaller size than the others.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let most = findings.group(SECTION, SOFT).and_then(|group| group.arms.last()).map(|arm| arm.name.clone());
    if let Some(most) = most {
        let claim = format!("counter beside {most} of other storage, against no other storage (soft)");
        findings.ratio_target(&claim, 1.1, (SECTION, SOFT), &most, NONE);
    }
    findings
}
