//! The planned time of a comparison.

use std::time::Duration;

use crate::lab::Settings;
use crate::lab::measure::Plan;

/// The parameters of a row's planned time, beside the settings. Their values were measured. A report shows the planned and
/// the actual time of each experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The divisor of the number of rounds. It is above 1 if even the shortest sample is long, or if there are many rows.
    pub thinned: u32,
    /// The total time of a sample, in per cent of its timed part.
    pub percent: u32,
    /// The shortest possible sample, if one unit takes longer than the wanted length.
    pub least: Duration,
    /// The time for setting one arm up and counting its events.
    pub setup: Duration,
}

impl Cost {
    /// The cost of a row that is sampled in every round. `percent` is the total time of a sample in per cent of its timed part;
    /// `setup_ms` is the setup time of an arm.
    pub const fn new(percent: u32, setup_ms: u64) -> Self {
        Self { thinned: 1, percent, least: Duration::ZERO, setup: Duration::from_millis(setup_ms) }
    }

    /// The same cost with a fraction of the rounds.
    pub const fn thinned(self, thinned: u32) -> Self {
        Self { thinned, ..self }
    }

    /// The sampling plan of a comparison.
    pub fn plan(&self, settings: &Settings, arms: usize) -> Plan {
        settings.plan(arms).thinned(self.thinned, settings.least_rounds())
    }

    /// The planned time of a comparison of `arms` arms.
    pub fn duration(&self, settings: &Settings, arms: usize) -> Duration {
        let plan = self.plan(settings, arms);
        let plan = Plan { sample: plan.sample.max(self.least), ..plan };
        let samples = if settings.has_sized_batches { plan.duration_again(arms) } else { plan.duration(arms) };
        samples * self.percent / 100 + self.setup * arms as u32
    }
}
