//! Arms that were sampled together, and what their samples say.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::split::TimeSplit;
use crate::lab::measure::{Interval, Layings, Ratio, Series, Warning, median, median_interval, ratio, warnings};

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
    /// How often the arms were laid.
    #[serde(default = "laid_once")]
    pub layings: Layings,
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

/// What a group from before there were layings has.
fn laid_once() -> Layings {
    Layings::ONE
}

impl Group {
    /// Works out medians, intervals, ratios and warnings of samples taken together, of arms that were laid once.
    pub fn new(section: &str, title: &str, per: Per, base: &str, series: Vec<Series>, clock_step: Duration) -> Self {
        let against = series.iter().find(|series| series.name == base).map(|series| series.samples.clone());
        let against = against.unwrap_or_default();
        let measured = |series| Measured::new(series, base, &against, Layings::ONE, clock_step);
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

    /// The same samples, with the numbers worked out again.
    pub(in crate::lab) fn again(&self, clock_step: Duration) -> Self {
        let against = self.arm(&self.base).map(|base| base.samples_ns.clone()).unwrap_or_default();
        let again = |arm: &Measured| {
            let series = Series { name: arm.name.clone(), batch: arm.batch, samples: arm.samples_ns.clone() };
            Measured {
                counts: arm.counts.clone(),
                split: arm.split.as_ref().map(|split| split.again(&arm.samples_ns, self.layings)),
                ..Measured::new(series, &self.base, &against, self.layings, clock_step)
            }
        };
        Self { arms: self.arms.iter().map(again).collect(), ..self.clone() }
    }

    /// Adds the samples of the same arms, laid anew. The counts of the first laying stay.
    pub(super) fn join(&mut self, next: &Self, clock_step: Duration) {
        self.layings.0 += next.layings.0;
        for (arm, next) in self.arms.iter_mut().zip(&next.arms) {
            arm.samples_ns.extend(&next.samples_ns);
            if let (Some(split), Some(next)) = (&mut arm.split, &next.split) {
                split.join(next);
            }
        }
        *self = self.again(clock_step);
    }

    /// Whether it is the same comparison of the same arms.
    pub(super) fn is(&self, other: &Self) -> bool {
        let names = |group: &Self| group.arms.iter().map(|arm| arm.name.clone()).collect::<Vec<_>>();
        (&self.section, &self.title, &self.base) == (&other.section, &other.title, &other.base)
            && names(self) == names(other)
    }

    /// Whether the numbers are those that the samples give; if not, of which arm they are not.
    pub fn check(&self, clock_step: Duration) -> Result<(), String> {
        let again = self.checked_again(clock_step)?;
        self.same_as(&again, |arm| (arm.median_ns, arm.interval_ns, arm.ratio, arm.warnings.clone()))?;
        match self.arms.iter().zip(&again.arms).find(|(arm, again)| arm.split != again.split) {
            Some((arm, _)) => {
                let (section, title, name) = (&self.section, &self.title, &arm.name);
                Err(format!("{section}, {title}, {name}: the parts of its time are not those of their samples"))
            }
            None => Ok(()),
        }
    }

    /// Works out the intervals anew, after a check of the other numbers.
    pub(in crate::lab) fn with_intervals(&mut self, clock_step: Duration) -> Result<(), String> {
        let again = self.checked_again(clock_step)?;
        self.same_as(&again, |arm| (arm.median_ns, arm.warnings.clone()))?;
        for (arm, again) in self.arms.iter().zip(&again.arms) {
            // Whether there is a ratio at all may depend on its interval.
            if let (Some(found), Some(new)) = (arm.ratio, again.ratio)
                && found.value != new.value
            {
                return Err(self.not_its_own(arm));
            }
        }
        *self = again;
        Ok(())
    }

    /// What the samples give, if there are as many everywhere.
    fn checked_again(&self, clock_step: Duration) -> Result<Self, String> {
        let (section, title) = (&self.section, &self.title);
        let rounds = self.arms.first().map_or(0, |arm| arm.samples_ns.len());
        for arm in &self.arms {
            let name = &arm.name;
            if arm.samples_ns.is_empty() || arm.samples_ns.len() != rounds {
                return Err(format!("{section}, {title}, {name}: it should have {rounds} samples"));
            }
            if arm.split.as_ref().is_some_and(|split| !split.has(rounds)) {
                return Err(format!("{section}, {title}, {name}: each part of its time should have {rounds} samples"));
            }
        }
        match self.layings.0 as usize {
            layings if !rounds.is_multiple_of(layings) => {
                Err(format!("{section}, {title}: {rounds} samples cannot be those of {layings} layings"))
            }
            _ if self.arm(&self.base).is_none() => Err(format!("{section}, {title}: there is no arm {}", self.base)),
            _ => Ok(self.again(clock_step)),
        }
    }

    fn same_as<T: PartialEq>(&self, again: &Self, numbers: impl Fn(&Measured) -> T) -> Result<(), String> {
        let differs = |(arm, again): &(&Measured, &Measured)| numbers(arm) != numbers(again);
        let found = self.arms.iter().zip(&again.arms).find(differs);
        found.map_or(Ok(()), |(arm, _)| Err(self.not_its_own(arm)))
    }

    fn not_its_own(&self, arm: &Measured) -> String {
        let (section, title, name) = (&self.section, &self.title, &arm.name);
        format!("{section}, {title}, {name}: median, interval, ratio or warnings are not those of its samples")
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
    /// What the samples of an arm say, beside those of the base.
    fn new(series: Series, base: &str, against: &[f64], layings: Layings, clock_step: Duration) -> Self {
        let against = Some(against).filter(|_| series.name != base);
        Self {
            median_ns: median(&series.samples),
            interval_ns: median_interval(&series.samples, layings),
            ratio: against.and_then(|against| ratio(&series.samples, against, layings)),
            counts: BTreeMap::new(),
            split: None,
            warnings: warnings(&series, clock_step),
            name: series.name,
            batch: series.batch,
            samples_ns: series.samples,
        }
    }

    /// Whether the number itself is in doubt.
    pub fn is_weak(&self) -> bool {
        self.warnings.iter().any(Warning::is_serious)
    }
}
