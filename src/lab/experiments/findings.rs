//! The results of an experiment, in the shape of `data.json`.

use serde::{Deserialize, Serialize};

use super::Group;
use crate::lab::measure::{Interval, Layings, median, median_interval};

/// The results of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// The name of the experiment.
    pub name: String,
    /// Its question.
    pub question: String,
    /// What a time includes, and what it does not.
    pub timed: String,
    /// The method, in paragraphs.
    pub method: Vec<String>,
    /// The rows.
    pub groups: Vec<Group>,
    /// The crossovers.
    pub crossings: Vec<Crossing>,
    /// The targets.
    pub targets: Vec<Target>,
}

/// A crossover of two arms: one is faster below this number of accesses, the other above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// The arm that is faster below.
    pub below: String,
    /// The arm that is faster above.
    pub above: String,
    /// What the number counts.
    pub of: String,
    /// The number with its 95 % interval; nothing if `below` is faster at every number measured.
    pub found: Option<(f64, Interval)>,
}

impl Crossing {
    /// The crossover of two arms, given that of each round; infinity stands for none.
    pub fn of_rounds(below: &str, above: &str, of: &str, rounds: &[f64], layings: Layings) -> Self {
        Self::new(below, above, of, median(rounds), median_interval(rounds, layings))
    }

    /// The crossover of two arms at a number with an interval; infinity stands for none.
    pub fn new(below: &str, above: &str, of: &str, value: f64, interval: Interval) -> Self {
        let found = [value, interval.low, interval.high].iter().all(|value| value.is_finite());
        let found = found.then_some((value, interval));
        Self { below: below.to_owned(), above: above.to_owned(), of: of.to_owned(), found }
    }
}

/// A limit that a result is held to, and the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What is limited.
    pub claim: String,
    /// The limit.
    pub limit: f64,
    /// The result, which should be at most the limit.
    pub found: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// `x` for a ratio, `ns` for a time.
    pub unit: String,
}

impl Findings {
    /// The row with this title in the table with this name.
    pub fn group(&self, section: &str, title: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.section == section && group.title == title)
    }

    /// Adds a target for the ratio of two arms of the row `place`, if both were measured.
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

    /// Adds a target for the time of an arm of the row `place`, if it was measured.
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
    /// True if the result is within the limit.
    pub fn met(&self) -> bool {
        self.found <= self.limit
    }

    /// True if the interval of the result contains the limit.
    pub fn uncertain(&self) -> bool {
        self.interval.low <= self.limit && self.limit < self.interval.high
    }
}
