//! The context of an experiment: settings, temporary files, progress, and the comparisons that it makes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::{Cost, Group, Per};
use crate::lab::measure::{Arm, Interrupt, clock_step, interleave_watched};
use crate::lab::workloads::Testbed;
use crate::lab::{LabError, Progress, Settings};

/// A comparison before it is made.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// The name of its table.
    pub section: &'a str,
    /// The name of its row.
    pub title: &'a str,
    /// The unit that a time is divided by.
    pub per: Per,
    /// The base of the row.
    pub base: &'a str,
    /// The time that it is planned to take.
    pub cost: Cost,
}

/// The context of an experiment.
pub struct Context<'a> {
    /// How much to measure.
    pub settings: Settings,
    interrupt: Interrupt,
    progress: &'a mut dyn Progress,
    scratch: PathBuf,
    stores: u32,
    clock_step: Duration,
    missing: Vec<String>,
    /// The batch sizes of every comparison of the first laying, in order. The other layings use them too.
    batches: Vec<Vec<u64>>,
    /// How many comparisons this laying has made.
    compared: usize,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("settings", &self.settings)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// A context whose stores are in directories below `scratch`.
    pub fn new(
        settings: Settings,
        interrupt: Interrupt,
        progress: &'a mut dyn Progress,
        scratch: impl Into<PathBuf>,
    ) -> Self {
        let (scratch, clock_step) = (scratch.into(), clock_step());
        let (missing, batches) = (Vec::new(), Vec::new());
        Self { settings, interrupt, progress, scratch, stores: 0, clock_step, missing, batches, compared: 0 }
    }

    /// Begins a laying. The stores of the laying before are removed.
    pub(super) fn begin_laying(&mut self, settings: Settings) {
        (self.settings, self.compared) = (settings, 0);
        if !self.settings.has_sized_batches {
            self.batches.clear();
        }
        for store in 1..=self.stores {
            // A failure does no harm: the next stores have other names.
            let _ = std::fs::remove_dir_all(self.store(store));
        }
    }

    /// The context with a step of the clock that was measured before.
    pub fn with_clock_step(self, clock_step: Duration) -> Self {
        Self { clock_step, ..self }
    }

    /// True if the user asked to stop. The rest of the experiment should then be skipped.
    pub fn interrupted(&self) -> bool {
        self.interrupt.requested()
    }

    /// The step of the clock that times the samples.
    pub fn clock_step(&self) -> Duration {
        self.clock_step
    }

    /// The comparisons that have too few samples, or none.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Updates what is missing after all layings. A comparison that some layings have measured is not missing; incomplete
    /// ones are listed together, in one line.
    pub(super) fn finish_layings(&mut self, groups: &[Group], layings: u32) {
        let name = |group: &Group| format!("{}: {}", group.section, group.title);
        self.missing.retain(|missing| !groups.iter().any(|group| name(group) == *missing));
        let mut listed = BTreeSet::new();
        self.missing.retain(|missing| listed.insert(missing.clone()));
        let incomplete = groups.iter().filter(|group| group.layings.0 < layings).count();
        if incomplete > 0 {
            self.missing.push(format!("some of the {layings} layings of {incomplete} comparisons"));
        }
    }

    /// Reports a preparation that takes a while.
    pub fn preparing(&mut self, what: &str) {
        self.progress.working_on(what);
    }

    /// Reports that a preparation is finished. It was planned to take `planned`.
    pub fn prepared(&mut self, planned: Duration) {
        self.progress.advance(planned);
    }

    /// A testbed on a store in memory. The testbeds of an experiment share their compiled code.
    pub fn in_memory(&self) -> Result<Testbed, LabError> {
        let modules = self.module_directory();
        Testbed::in_memory_with(|vm| vm.module_cache_dir(Some(modules)))
    }

    /// A testbed on LMDB in a new directory. Commits do not wait for the disk.
    pub fn on_disk(&mut self) -> Result<Testbed, LabError> {
        let modules = self.module_directory();
        Testbed::on_disk_with(&self.store_directory(), |vm| vm.module_cache_dir(Some(modules)))
    }

    /// The path of a new directory for a store.
    pub fn store_directory(&mut self) -> PathBuf {
        self.stores += 1;
        self.store(self.stores)
    }

    fn store(&self, number: u32) -> PathBuf {
        self.scratch.join(format!("store-{number}"))
    }

    /// The directory of the compiled code that testbeds share.
    pub fn module_directory(&self) -> PathBuf {
        self.scratch.join("modules")
    }

    /// Samples the arms and computes the results. Returns nothing if an interruption left too few samples.
    pub fn compare(&mut self, comparison: &Comparison<'_>, mut arms: Vec<Arm<'_>>) -> Result<Option<Group>, LabError> {
        let Comparison { section, title, per, base, cost } = *comparison;
        let name = format!("{section}: {title}");
        self.progress.working_on(&name);
        let plan = cost.plan(&self.settings, arms.len());
        let planned = cost.duration(&self.settings, arms.len());
        let samples =
            if self.settings.has_sized_batches { plan.duration_again(arms.len()) } else { plan.duration(arms.len()) };
        let (scale, mut reported) = (planned.as_secs_f64() / samples.as_secs_f64(), Duration::ZERO);
        let progress = &mut self.progress;
        let mut advance = |part: Duration| {
            let part = part.mul_f64(scale).min(planned.saturating_sub(reported));
            reported += part;
            progress.advance(part);
        };
        let series = if self.interrupt.requested() {
            Vec::new()
        } else {
            let earlier = self.batches.get(self.compared).map_or(&[][..], Vec::as_slice);
            interleave_watched(&mut arms, &plan, earlier, &self.interrupt, &mut advance)?
        };
        self.progress.advance(planned.saturating_sub(reported));
        if self.batches.len() == self.compared {
            self.batches.push(series.iter().map(|series| series.batch).collect());
        }
        self.compared += 1;
        if series.first().is_none_or(|series| series.samples.len() < self.settings.least_rounds() as usize) {
            self.missing.push(name);
            return Ok(None);
        }
        Ok(Some(Group::new(section, title, per, base, series, self.clock_step)))
    }
}
