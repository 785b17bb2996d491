//! The rows of an experiment: arms that are sampled together, and the statistics of their samples.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::split::TimeSplit;
use crate::lab::measure::{Interval, Layings, Ratio, Series, Warning, median, median_interval, ratio, warnings};

/// The unit that a time is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// An access to storage.
    Access,
    /// A copy of some bytes.
    Copy,
    /// A touched page.
    Page,
    /// A nested call.
    NestedCall,
    /// A repetition of a program's work.
    Repetition,
    /// A whole transaction.
    Transaction,
}

impl Per {
    /// The unit as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Copy => "copy",
            Self::Page => "page",
            Self::NestedCall => "nested call",
            Self::Repetition => "repetition",
            Self::Transaction => "transaction",
        }
    }
}

/// A row: arms that were sampled together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name of its table.
    pub section: String,
    /// The name of the row.
    pub title: String,
    /// The unit that a time is divided by.
    pub per: Per,
    /// The name of the base: the arm that the other arms are divided by.
    pub base: String,
    /// How the arms differ, if the row compares unlike things.
    pub note: Option<String>,
    /// The number of layings.
    #[serde(default = "one_laying")]
    pub layings: Layings,
    /// The arms.
    pub arms: Vec<Measured>,
}

/// The results of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The name of the arm.
    pub name: String,
    /// How many operations a sample timed.
    pub batch: u64,
    /// The samples: nanoseconds per operation.
    pub samples_ns: Vec<f64>,
    /// The median of the samples.
    pub median_ns: f64,
    /// The 95 % interval of the median.
    pub interval_ns: Interval,
    /// How many times as long as the base; nothing for the base itself.
    pub ratio: Option<Ratio>,
    /// Counts that do not depend on a clock: gas, faults, host calls, pages copied and hashed, bytes written.
    pub counts: BTreeMap<String, u64>,
    /// The phases of its time, if a stopwatch was used.
    pub split: Option<TimeSplit>,
    /// The weaknesses of the samples.
    pub warnings: Vec<Warning>,
}

/// The default for data that does not name the number of layings.
fn one_laying() -> Layings {
    Layings::ONE
}

impl Group {
    /// Computes medians, intervals, ratios and warnings of the samples of one laying.
    pub fn new(section: &str, title: &str, per: Per, base: &str, series: Vec<Series>, clock_step: Duration) -> Self {
        let base_samples = series.iter().find(|series| series.name == base).map(|series| series.samples.clone());
        let base_samples = base_samples.unwrap_or_default();
        let measured = |series| Measured::new(series, base, &base_samples, Layings::ONE, clock_step);
        Self {
            section: section.to_owned(),
            title: title.to_owned(),
            per,
            base: base.to_owned(),
            note: None,
            layings: Layings::ONE,
            arms: series.into_iter().map(measured).collect(),
        }
    }

    /// The same samples, with all statistics computed again.
    pub(in crate::lab) fn recomputed(&self, clock_step: Duration) -> Self {
        let base_samples = self.arm(&self.base).map(|base| base.samples_ns.clone()).unwrap_or_default();
        let recomputed = |arm: &Measured| {
            let series = Series { name: arm.name.clone(), batch: arm.batch, samples: arm.samples_ns.clone() };
            Measured {
                counts: arm.counts.clone(),
                split: arm.split.as_ref().map(|split| split.recomputed(&arm.samples_ns, self.layings)),
                ..Measured::new(series, &self.base, &base_samples, self.layings, clock_step)
            }
        };
        Self { arms: self.arms.iter().map(recomputed).collect(), ..self.clone() }
    }

    /// Appends the samples of the next laying. The counts of the first laying stay.
    pub(super) fn append(&mut self, next: &Self, clock_step: Duration) {
        self.layings.0 += next.layings.0;
        for (arm, next) in self.arms.iter_mut().zip(&next.arms) {
            arm.samples_ns.extend(&next.samples_ns);
            if let (Some(split), Some(next)) = (&mut arm.split, &next.split) {
                split.append(next);
            }
        }
        *self = self.recomputed(clock_step);
    }

    /// True if `other` is the same row with the same arms.
    pub(super) fn is_same_row(&self, other: &Self) -> bool {
        let names = |group: &Self| group.arms.iter().map(|arm| arm.name.clone()).collect::<Vec<_>>();
        (&self.section, &self.title, &self.base) == (&other.section, &other.title, &other.base)
            && names(self) == names(other)
    }

    /// Checks that the statistics are those of the samples. The error names the arm that differs.
    pub fn check(&self, clock_step: Duration) -> Result<(), String> {
        let recomputed = self.checked_and_recomputed(clock_step)?;
        self.compare(&recomputed, |arm| (arm.median_ns, arm.interval_ns, arm.ratio, arm.warnings.clone()))?;
        match self.arms.iter().zip(&recomputed.arms).find(|(arm, recomputed)| arm.split != recomputed.split) {
            Some((arm, _)) => {
                let (section, title, name) = (&self.section, &self.title, &arm.name);
                Err(format!("{section}, {title}, {name}: the phases of its time do not follow from their samples"))
            }
            None => Ok(()),
        }
    }

    /// Checks the statistics that do not depend on the method of intervals, and recomputes all of them.
    pub(in crate::lab) fn replace_intervals(&mut self, clock_step: Duration) -> Result<(), String> {
        let recomputed = self.checked_and_recomputed(clock_step)?;
        self.compare(&recomputed, |arm| (arm.median_ns, arm.warnings.clone()))?;
        for (arm, recomputed) in self.arms.iter().zip(&recomputed.arms) {
            // The existence of a ratio may depend on its interval, so only its value is compared.
            if let (Some(found), Some(new)) = (arm.ratio, recomputed.ratio)
                && found.value != new.value
            {
                return Err(self.wrong_statistics(arm));
            }
        }
        *self = recomputed;
        Ok(())
    }

    /// Checks that all arms have the same number of samples, and recomputes the statistics.
    fn checked_and_recomputed(&self, clock_step: Duration) -> Result<Self, String> {
        let (section, title) = (&self.section, &self.title);
        let rounds = self.arms.first().map_or(0, |arm| arm.samples_ns.len());
        for arm in &self.arms {
            let name = &arm.name;
            if arm.samples_ns.is_empty() || arm.samples_ns.len() != rounds {
                return Err(format!("{section}, {title}, {name}: it should have {rounds} samples"));
            }
            if arm.split.as_ref().is_some_and(|split| !split.has(rounds)) {
                return Err(format!("{section}, {title}, {name}: each phase of its time should have {rounds} samples"));
            }
        }
        match self.layings.0 as usize {
            layings if !rounds.is_multiple_of(layings) => {
                Err(format!("{section}, {title}: {rounds} samples cannot be those of {layings} layings"))
            }
            _ if self.arm(&self.base).is_none() => Err(format!("{section}, {title}: there is no arm {}", self.base)),
            _ => Ok(self.recomputed(clock_step)),
        }
    }

    fn compare<T: PartialEq>(&self, recomputed: &Self, statistics: impl Fn(&Measured) -> T) -> Result<(), String> {
        let differs = |(arm, recomputed): &(&Measured, &Measured)| statistics(arm) != statistics(recomputed);
        let found = self.arms.iter().zip(&recomputed.arms).find(differs);
        found.map_or(Ok(()), |(arm, _)| Err(self.wrong_statistics(arm)))
    }

    fn wrong_statistics(&self, arm: &Measured) -> String {
        let (section, title, name) = (&self.section, &self.title, &arm.name);
        format!("{section}, {title}, {name}: median, interval, ratio or warnings do not follow from its samples")
    }

    /// An arm by name.
    pub fn arm(&self, name: &str) -> Option<&Measured> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// How many times as long one arm takes as another.
    pub fn ratio(&self, arm: &str, base: &str) -> Option<Ratio> {
        ratio(&self.arm(arm)?.samples_ns, &self.arm(base)?.samples_ns, self.layings)
    }
}

impl Measured {
    /// The results of an arm, given its samples and those of the base.
    fn new(series: Series, base: &str, base_samples: &[f64], layings: Layings, clock_step: Duration) -> Self {
        let base_samples = Some(base_samples).filter(|_| series.name != base);
        Self {
            median_ns: median(&series.samples),
            interval_ns: median_interval(&series.samples, layings),
            ratio: base_samples.and_then(|base_samples| ratio(&series.samples, base_samples, layings)),
            counts: BTreeMap::new(),
            split: None,
            warnings: warnings(&series, clock_step),
            name: series.name,
            batch: series.batch,
            samples_ns: series.samples,
        }
    }

    /// True if the number itself is in doubt.
    pub fn is_weak(&self) -> bool {
        self.warnings.iter().any(Warning::is_serious)
    }
}
