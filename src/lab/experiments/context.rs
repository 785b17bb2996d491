//! What an experiment works with: settings, a place for files, the person who waits.

use std::path::PathBuf;
use std::time::Duration;

use super::{Cost, Group, Per};
use crate::lab::measure::{Arm, Interrupt, MINIMUM_ROUNDS, clock_step, interleave_watched};
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
    /// Stores are made in directories below `scratch`.
    pub fn new(
        settings: Settings,
        interrupt: Interrupt,
        progress: &'a mut dyn Progress,
        scratch: impl Into<PathBuf>,
    ) -> Self {
        let (scratch, clock_step) = (scratch.into(), clock_step());
        Self { settings, interrupt, progress, scratch, stores: 0, clock_step, missing: Vec::new() }
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
        self.scratch.join(format!("store-{}", self.stores))
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
        let (share, mut told) = (planned.as_secs_f64() / plan.duration(arms.len()).as_secs_f64(), Duration::ZERO);
        let progress = &mut self.progress;
        let mut done = |of_plan: Duration| {
            let more = of_plan.mul_f64(share).min(planned.saturating_sub(told));
            told += more;
            progress.done(more);
        };
        let series = match self.interrupt.requested() {
            true => Vec::new(),
            false => interleave_watched(&mut arms, &plan, &self.interrupt, &mut done)?,
        };
        self.progress.done(planned.saturating_sub(told));
        if series.first().is_none_or(|series| series.samples.len() < MINIMUM_ROUNDS) {
            self.missing.push(name);
            return Ok(None);
        }
        Ok(Some(Group::new(section, title, per, base, series, self.clock_step)))
    }
}
