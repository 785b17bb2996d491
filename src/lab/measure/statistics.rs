//! Ratios, and the 95 % intervals of ratios and medians.

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::median::median;
use super::spread::{Layings, around, by_factor, margin};

/// How many times as long one arm takes as another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// The median of the quotients of the rounds. With several layings, the geometric mean of their medians.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// The conclusion that a ratio supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval lies below 1.
    Faster,
    /// The interval contains 1: no difference seen.
    NoDifference,
    /// The interval lies above 1.
    Slower,
}

impl Ratio {
    /// The conclusion that the interval supports.
    pub fn verdict(&self) -> Verdict {
        if self.interval.contains(1.0) {
            Verdict::NoDifference
        } else if self.value < 1.0 {
            Verdict::Faster
        } else {
            Verdict::Slower
        }
    }
}

/// The 95 % interval of the median of samples.
pub fn median_interval(samples: &[f64], layings: Layings) -> Interval {
    around(median(samples), samples, layings)
}

/// How many times as long `arm` takes as `base`. Sample *i* of both belongs to the same round, so a slow spell of the
/// host cancels out of the quotient. There is no ratio without samples, or if too many samples of the base are 0.
pub fn ratio(arm: &[f64], base: &[f64], layings: Layings) -> Option<Ratio> {
    let quotients: Vec<f64> = arm.iter().zip(base).map(|(arm, base)| arm / base).collect();
    let value = middle(&quotients, layings);
    let ratio = Ratio { value, interval: around(value, &quotients, layings) };
    [ratio.value, ratio.interval.low, ratio.interval.high].iter().all(|value| value.is_finite()).then_some(ratio)
}

/// The median of the quotients. With several layings, the mean of their medians: geometric if all quotients are above 0.
fn middle(quotients: &[f64], layings: Layings) -> f64 {
    if layings == Layings::ONE {
        return median(quotients);
    }
    let medians = layings.middles(quotients);
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / medians.len() as f64;
    if quotients.iter().all(|quotient| *quotient > 0.0) {
        mean(&mut medians.iter().map(|median| median.ln())).exp()
    } else {
        mean(&mut medians.iter().copied())
    }
}

/// How many times as long the samples of one run are as those of another: the quotient of the medians. The rounds of
/// different runs are not paired, so the ratio contains the drift between the runs, and its interval does not show it. There
/// is no ratio if a median is not above 0.
pub fn ratio_of_runs(run: (&[f64], Layings), base: (&[f64], Layings)) -> Option<Ratio> {
    let logarithms = |(samples, layings): (&[f64], Layings)| {
        layings.middles(&samples.iter().map(|sample| sample.ln()).collect::<Vec<f64>>())
    };
    let value = median(run.0) / median(base.0);
    let ratio = Ratio { value, interval: by_factor(value, margin(&[&logarithms(run), &logarithms(base)])) };
    let usable = |value: f64| value.is_finite() && value > 0.0;
    [ratio.value, ratio.interval.low, ratio.interval.high].into_iter().all(usable).then_some(ratio)
}
