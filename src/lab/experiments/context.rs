//! What an experiment works with: settings, a place for files, the person who waits.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::{Cost, Group, Per};
use crate::lab::measure::{Arm, Interrupt, clock_step, interleave_watched};
use crate::lab::workloads::World;
use crate::lab::{LabError, Progress, Settings};

/// A comparison before it is made.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// Which table it belongs to.
    pub section: &'a str,
    /// The row.
    pub title: &'a str,
    /// What a time is for one of.
    pub per: Per,
    /// The arm that the others are compared with.
    pub base: &'a str,
    /// What it takes.
    pub cost: Cost,
}

/// What an experiment works with.
pub struct Context<'a> {
    /// How much is measured.
    pub settings: Settings,
    interrupt: Interrupt,
    progress: &'a mut dyn Progress,
    scratch: PathBuf,
    stores: u32,
    clock_step: Duration,
    missing: Vec<String>,
    /// The batches of each comparison, in the order in which they are made, from one laying to the next.
    batches: Batches,
    compared: usize,
}

/// How large the batches of each arm of each comparison are.
pub(super) type Batches = Vec<Vec<u64>>;

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("settings", &self.settings)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// Stores are made in directories below `scratch`.
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

    /// The next laying of the same arms, with batches as they were; what the one before left on disk is removed.
    pub(super) fn lay_anew(&mut self, settings: Settings) {
        (self.settings, self.compared) = (settings, 0);
        if !self.settings.laid_before {
            self.batches.clear();
        }
        for store in 1..=self.stores {
            // What cannot be removed is in nobody's way: the next stores have other names.
            let _ = std::fs::remove_dir_all(self.store(store));
        }
    }

    /// The same with a step of the clock that was measured before.
    pub fn with_clock_step(self, clock_step: Duration) -> Self {
        Self { clock_step, ..self }
    }

    /// Whether somebody asked to stop; what is left should be skipped.
    pub fn interrupted(&self) -> bool {
        self.interrupt.requested()
    }

    /// The step of the clock that samples are taken with.
    pub fn clock_step(&self) -> Duration {
        self.clock_step
    }

    /// What was not measured, or too little to say anything.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Notes that something was not measured.
    pub fn miss(&mut self, what: String) {
        self.missing.push(what);
    }

    /// What was measured in some of the layings is there; that others lack is noted once.
    pub(super) fn measured(&mut self, groups: &[Group], layings: u32) {
        let name = |group: &Group| format!("{}: {}", group.section, group.title);
        self.missing.retain(|missing| !groups.iter().any(|group| name(group) == *missing));
        let mut told = BTreeSet::new();
        self.missing.retain(|missing| told.insert(missing.clone()));
        let fewer = groups.iter().filter(|group| group.layings.0 < layings).count();
        if fewer > 0 {
            self.missing.push(format!("some of the {layings} layings of {fewer} comparisons"));
        }
    }

    /// Something that takes a while is made for what is measured next.
    pub fn preparing(&mut self, what: &str) {
        self.progress.working_on(what);
    }

    /// It is made; it was expected to take so long.
    pub fn prepared(&mut self, planned: Duration) {
        self.progress.done(planned);
    }

    /// A machine on a store in memory, which shares its compiled code with others of the experiment.
    pub fn in_memory(&self) -> Result<World, LabError> {
        let modules = self.module_directory();
        World::in_memory_with(|vm| vm.module_cache_dir(Some(modules)))
    }

    /// The same on LMDB in a directory of its own, written without waiting for the disk.
    pub fn on_disk(&mut self) -> Result<World, LabError> {
        let modules = self.module_directory();
        World::on_disk_with(&self.store_directory(), |vm| vm.module_cache_dir(Some(modules)))
    }

    /// A directory that no other store is in.
    pub fn store_directory(&mut self) -> PathBuf {
        self.stores += 1;
        self.store(self.stores)
    }

    fn store(&self, number: u32) -> PathBuf {
        self.scratch.join(format!("store-{number}"))
    }

    /// A directory for compiled code that machines of one run share, where there are many of them.
    pub fn module_directory(&self) -> PathBuf {
        self.scratch.join("modules")
    }

    /// Samples the arms and says what was found; nothing if the interruption came too early.
    pub fn compare(&mut self, comparison: &Comparison<'_>, mut arms: Vec<Arm<'_>>) -> Result<Option<Group>, LabError> {
        let Comparison { section, title, per, base, cost } = *comparison;
        let name = format!("{section}: {title}");
        self.progress.working_on(&name);
        let plan = cost.plan(&self.settings, arms.len());
        let planned = cost.duration(&self.settings, arms.len());
        let samples =
            if self.settings.laid_before { plan.duration_again(arms.len()) } else { plan.duration(arms.len()) };
        let (share, mut told) = (planned.as_secs_f64() / samples.as_secs_f64(), Duration::ZERO);
        let progress = &mut self.progress;
        let mut done = |of_plan: Duration| {
            let more = of_plan.mul_f64(share).min(planned.saturating_sub(told));
            told += more;
            progress.done(more);
        };
        let series = match self.interrupt.requested() {
            true => Vec::new(),
            false => {
                let earlier = self.batches.get(self.compared).map_or(&[][..], Vec::as_slice);
                interleave_watched(&mut arms, &plan, earlier, &self.interrupt, &mut done)?
            }
        };
        self.progress.done(planned.saturating_sub(told));
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
