//! What an experiment found. This is also the shape of `data.json`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::split::TimeSplit;
use crate::lab::measure::{Interval, Ratio, Series, Warning, median, median_interval, ratio, warnings};

/// Decides how the bootstrap draws; fixed, so that the same samples give the same interval again.
pub(super) const SEED: u64 = 1;

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

/// What a time is for one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// An access to storage.
    Access,
    /// A copy of some bytes.
    Copy,
    /// The first touch of a page in a call.
    Page,
    /// A call that a contract makes.
    NestedCall,
    /// A whole transaction.
    Transaction,
}

impl Per {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Copy => "copy",
            Self::Page => "page",
            Self::NestedCall => "nested call",
            Self::Transaction => "transaction",
        }
    }
}

/// Arms that were sampled together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Which table of the experiment it belongs to.
    pub section: String,
    /// What is the same for all arms: the row's name.
    pub title: String,
    /// What a time is for one of.
    pub per: Per,
    /// The arm that the others are compared with.
    pub base: String,
    /// Where a comparison is of unlike things: how.
    pub note: Option<String>,
    /// The arms.
    pub arms: Vec<Measured>,
}

/// One arm, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The arm.
    pub name: String,
    /// How many of what is counted one sample timed.
    pub batch: u64,
    /// Nanoseconds for one, each sample.
    pub samples_ns: Vec<f64>,
    /// Their median.
    pub median_ns: f64,
    /// The median's 95 % interval.
    pub interval_ns: Interval,
    /// How many times as long as the base; nothing for the base itself.
    pub ratio: Option<Ratio>,
    /// What does not depend on a clock: gas, faults, host calls, pages copied and hashed, bytes written.
    pub counts: BTreeMap<String, u64>,
    /// Where the time goes, if that was asked.
    pub split: Option<TimeSplit>,
    /// What is weak about it.
    pub warnings: Vec<Warning>,
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
    /// From the crossings that the rounds show; infinity where the lines do not meet.
    pub fn new(below: &str, above: &str, of: &str, rounds: &[f64]) -> Self {
        Self::found(below, above, of, median(rounds), median_interval(rounds, SEED))
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

impl Group {
    /// Works out medians, intervals, ratios and warnings of samples taken together.
    pub fn new(section: &str, title: &str, per: Per, base: &str, series: Vec<Series>, clock_step: Duration) -> Self {
        let against = series.iter().find(|series| series.name == base).map(|series| series.samples.clone());
        let measured = |series: Series| Measured {
            median_ns: median(&series.samples),
            interval_ns: median_interval(&series.samples, SEED),
            ratio: against.as_ref().filter(|_| series.name != base).and_then(|base| ratio(&series.samples, base, SEED)),
            counts: BTreeMap::new(),
            split: None,
            warnings: warnings(&series, clock_step),
            name: series.name,
            batch: series.batch,
            samples_ns: series.samples,
        };
        Self {
            section: section.to_owned(),
            title: title.to_owned(),
            per,
            base: base.to_owned(),
            note: None,
            arms: series.into_iter().map(measured).collect(),
        }
    }

    /// Whether the numbers are those that the samples give; if not, of which arm they are not.
    pub fn check(&self, clock_step: Duration) -> Result<(), String> {
        let series =
            |arm: &Measured| Series { name: arm.name.clone(), batch: arm.batch, samples: arm.samples_ns.clone() };
        let again = self.arms.iter().map(series).collect();
        let again = Self::new(&self.section, &self.title, self.per, &self.base, again, clock_step);
        let rounds = self.arms.first().map_or(0, |arm| arm.samples_ns.len());
        for (arm, again) in self.arms.iter().zip(again.arms) {
            let numbers = (arm.median_ns, arm.interval_ns, arm.ratio, &arm.warnings);
            if arm.samples_ns.is_empty() || arm.samples_ns.len() != rounds {
                return Err(format!("{}, {}, {}: it should have {rounds} samples", self.section, self.title, arm.name));
            }
            if numbers != (again.median_ns, again.interval_ns, again.ratio, &again.warnings) {
                let place = format!("{}, {}, {}", self.section, self.title, arm.name);
                return Err(format!("{place}: median, interval, ratio or warnings are not those of its samples"));
            }
            if arm.split.as_ref().is_some_and(|split| !split.is_sound(&arm.samples_ns)) {
                let place = format!("{}, {}, {}", self.section, self.title, arm.name);
                return Err(format!("{place}: the parts of its time are not those of their samples"));
            }
        }
        match self.arm(&self.base) {
            Some(_) => Ok(()),
            None => Err(format!("{}, {}: there is no arm {}", self.section, self.title, self.base)),
        }
    }

    /// An arm by name.
    pub fn arm(&self, name: &str) -> Option<&Measured> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// How many times as long one arm takes as another.
    pub fn ratio(&self, arm: &str, base: &str) -> Option<Ratio> {
        ratio(&self.arm(arm)?.samples_ns, &self.arm(base)?.samples_ns, SEED)
    }
}

impl Measured {
    /// Whether the number itself is in doubt.
    pub fn is_weak(&self) -> bool {
        self.warnings.iter().any(Warning::is_serious)
    }
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
