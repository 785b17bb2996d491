//! What an experiment found. This is also the shape of `data.json`.

use serde::{Deserialize, Serialize};

use super::Group;
use crate::lab::measure::{Interval, Layings, median, median_interval};

/// The answer of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// The experiment's name.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// What is inside the time and what is not.
    pub timed: String,
    /// How it was done, a sentence or two each.
    pub method: Vec<String>,
    /// The comparisons.
    pub groups: Vec<Group>,
    /// Where one way begins to be better than another.
    pub crossings: Vec<Crossing>,
    /// What was to be reached.
    pub targets: Vec<Target>,
}

/// From how much of something on one way is better than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// The arm that is better below.
    pub below: String,
    /// The arm that is better above.
    pub above: String,
    /// What is counted.
    pub of: String,
    /// How much of it, with the 95 % interval; nothing if the one is better at any number.
    pub found: Option<(f64, Interval)>,
}

impl Crossing {
    /// From the crossings that the rounds of so many layings show; infinity where the lines do not meet.
    pub fn new(below: &str, above: &str, of: &str, rounds: &[f64], layings: Layings) -> Self {
        Self::found(below, above, of, median(rounds), median_interval(rounds, layings))
    }

    /// From a crossing and its interval; infinity where the lines do not meet.
    pub fn found(below: &str, above: &str, of: &str, value: f64, interval: Interval) -> Self {
        let found = [value, interval.low, interval.high].iter().all(|value| value.is_finite());
        let found = found.then_some((value, interval));
        Self { below: below.to_owned(), above: above.to_owned(), of: of.to_owned(), found }
    }
}

/// What was to be reached, and what was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What is compared with what, or what costs how much.
    pub claim: String,
    /// At most this.
    pub limit: f64,
    /// What was found.
    pub found: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// `x` for a ratio, `ns` for a time.
    pub unit: String,
}

impl Findings {
    /// A comparison by its table and row.
    pub fn group(&self, section: &str, title: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.section == section && group.title == title)
    }

    /// Adds what was to be reached as a ratio, if both arms were measured.
    pub fn ratio_target(&mut self, claim: &str, limit: f64, place: (&str, &str), arm: &str, base: &str) {
        let found = self.group(place.0, place.1).and_then(|group| group.ratio(arm, base));
        self.targets.extend(found.map(|found| Target {
            claim: claim.to_owned(),
            limit,
            found: found.value,
            interval: found.interval,
            unit: "x".to_owned(),
        }));
    }

    /// Adds what was to be reached as a time in nanoseconds, if the arm was measured.
    pub fn time_target(&mut self, claim: &str, limit_ns: f64, place: (&str, &str), arm: &str) {
        let found = self.group(place.0, place.1).and_then(|group| group.arm(arm));
        let target = found.map(|found| Target {
            claim: claim.to_owned(),
            limit: limit_ns,
            found: found.median_ns,
            interval: found.interval_ns,
            unit: "ns".to_owned(),
        });
        self.targets.extend(target);
    }
}

impl Target {
    /// Whether it was reached.
    pub fn met(&self) -> bool {
        self.found <= self.limit
    }

    /// Whether the interval leaves it open.
    pub fn uncertain(&self) -> bool {
        self.interval.low <= self.limit && self.limit < self.interval.high
    }
}
