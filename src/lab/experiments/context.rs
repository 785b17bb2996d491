//! What an experiment works with: settings, a place for files, the person who waits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Group, Per};
use crate::lab::measure::{Arm, Interrupt, MINIMUM_ROUNDS, Plan, clock_step, interleave};
use crate::lab::workloads::{self, Workload};
use crate::lab::{LabError, Progress};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Samples of each arm.
    pub rounds: u32,
    /// How long a sample should be.
    pub sample: Duration,
    /// How large the workloads are.
    pub sizes: Sizes,
}

/// How large the workloads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// As in a report.
    Standard,
    /// So small that a run is a test.
    Tiny,
}

impl Settings {
    /// About two minutes for everything on two cores.
    pub const QUICK: Self = Self { rounds: 41, sample: Duration::from_millis(5), sizes: Sizes::Standard };

    /// For numbers to cite.
    pub const FULL: Self = Self { rounds: 151, sample: Duration::from_millis(10), sizes: Sizes::Standard };

    /// For tests: everything happens, and nothing is worth reading.
    pub const TINY: Self = Self { rounds: 5, sample: Duration::from_micros(20), sizes: Sizes::Tiny };

    fn plan(&self, seed: u64) -> Plan {
        Plan { rounds: self.rounds, sample: self.sample, seed }
    }

    /// About how long comparisons of that many arms in all take, of which one of `thinned` rounds is taken.
    pub fn duration(&self, arms: usize, thinned: u32) -> Duration {
        self.plan(0).thinned(thinned).duration(arms)
    }

    /// The workloads.
    pub fn workloads(&self) -> Vec<Box<dyn Workload>> {
        match self.sizes {
            Sizes::Standard => workloads::standard(),
            Sizes::Tiny => workloads::tiny(),
        }
    }
}

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
    /// One of how many rounds is taken: more than 1 where even the shortest sample is long.
    pub thinned: u32,
}

/// What an experiment works with.
pub struct Context<'a> {
    /// How much is measured.
    pub settings: Settings,
    interrupt: Interrupt,
    progress: &'a mut dyn Progress,
    scratch: &'a Path,
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
    pub fn new(settings: Settings, interrupt: Interrupt, progress: &'a mut dyn Progress, scratch: &'a Path) -> Self {
        Self { settings, interrupt, progress, scratch, stores: 0, clock_step: clock_step(), missing: Vec::new() }
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
        let Comparison { section, title, per, base, thinned } = *comparison;
        let name = format!("{section}: {title}");
        self.progress.working_on(&name);
        let plan = self.settings.plan(arms.len() as u64).thinned(thinned);
        let planned = plan.duration(arms.len());
        let series = match self.interrupted() {
            true => Vec::new(),
            false => interleave(&mut arms, &plan, &self.interrupt)?,
        };
        self.progress.done(planned);
        if series.first().is_none_or(|series| series.samples.len() < MINIMUM_ROUNDS) {
            self.missing.push(name);
            return Ok(None);
        }
        Ok(Some(Group::new(section, title, per, base, series, self.clock_step)))
    }
}
