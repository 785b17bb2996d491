//! What a comparison takes of a run's time.

use std::time::Duration;

use crate::lab::Settings;
use crate::lab::measure::Plan;

/// What a row takes beside what the settings say. The numbers were measured; a run shows how right they were, as it tells
/// for each experiment what was planned and what was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// One of how many rounds is taken: more than 1 where even the shortest sample is long, or rows are many.
    pub thinned: u32,
    /// A sample with all that is outside its time, in hundredths of its time.
    pub percent: u32,
    /// How long the shortest sample is, where one unit of it is longer than what is wanted.
    pub least: Duration,
    /// Making what one arm runs, and counting what it does.
    pub making: Duration,
}

impl Cost {
    /// Every round, with so much outside the time, and so many milliseconds for making an arm.
    pub const fn new(percent: u32, making_ms: u64) -> Self {
        Self { thinned: 1, percent, least: Duration::ZERO, making: Duration::from_millis(making_ms) }
    }

    /// The same with one of so many rounds.
    pub const fn thinned(self, thinned: u32) -> Self {
        Self { thinned, ..self }
    }

    /// The plan of a comparison.
    pub fn plan(&self, settings: &Settings, arms: usize) -> Plan {
        settings.plan(arms).thinned(self.thinned, settings.least_rounds())
    }

    /// About how long a comparison of that many arms takes.
    pub fn duration(&self, settings: &Settings, arms: usize) -> Duration {
        let plan = self.plan(settings, arms);
        let plan = Plan { sample: plan.sample.max(self.least), ..plan };
        let samples = if settings.laid_before { plan.duration_again(arms) } else { plan.duration(arms) };
        samples * self.percent / 100 + self.making * arms as u32
    }
}
