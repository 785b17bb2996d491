//! Medians, ratios and their 95 % intervals, by a seeded bootstrap.

use serde::{Deserialize, Serialize};

/// How often the rounds are drawn anew: the 2.5 % tail then rests on fifty of them.
const RESAMPLES: usize = 2_000;

/// Where the true value lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// How many times as long one arm takes as another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// The median of the quotients of the rounds.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// What a ratio allows to say.
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
    /// What may be said.
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

/// The middle sample, or the mean of the middle two; not a number when there is none.
pub fn median(samples: &[f64]) -> f64 {
    median_in_place(&mut samples.to_vec())
}

fn median_in_place(samples: &mut [f64]) -> f64 {
    let count = samples.len();
    if count == 0 {
        return f64::NAN;
    }
    let (below, &mut upper, _) = samples.select_nth_unstable_by(count / 2, f64::total_cmp);
    match count % 2 {
        1 => upper,
        _ => (below.iter().copied().fold(f64::NEG_INFINITY, f64::max) + upper) / 2.0,
    }
}

/// The 95 % interval of a median, by the percentile bootstrap: the median of samples drawn with replacement, many times
/// over, without its lowest and highest 2.5 %.
pub fn median_interval(samples: &[f64], seed: u64) -> Interval {
    if samples.is_empty() {
        return Interval { low: f64::NAN, high: f64::NAN };
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = vec![0.0; samples.len()];
    bootstrap(|| {
        drawn.fill_with(|| samples[random.usize(..samples.len())]);
        median_in_place(&mut drawn)
    })
}

/// What is worked out of many draws, without its lowest and highest 2.5 %.
pub fn bootstrap(draw: impl FnMut() -> f64) -> Interval {
    let mut values: Vec<f64> = std::iter::repeat_with(draw).take(RESAMPLES).collect();
    values.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    Interval { low: values[tail], high: values[RESAMPLES - 1 - tail] }
}

/// How many times as long one run's samples are as another's: the quotient of the medians, its interval by drawing from
/// both. Nothing pairs the samples of different runs, so that what drifted between them is in it.
///
/// A slow spell meets neighbouring samples of a run alike. They are drawn in blocks, of as many as the cube root of all,
/// or the interval would be far too narrow; a drift that is longer than that is still not in it. Nothing if a median or an
/// end of the interval is no time.
pub fn ratio_of_runs(run: &[f64], base: &[f64], seed: u64) -> Option<Ratio> {
    if run.is_empty() || base.is_empty() {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = Vec::with_capacity(run.len().max(base.len()));
    let interval = bootstrap(|| {
        let mut median = |samples| median_of_blocks(samples, &mut drawn, &mut random);
        median(run) / median(base)
    });
    let ratio = Ratio { value: median(run) / median(base), interval };
    let usable = |value: f64| value.is_finite() && value > 0.0;
    [ratio.value, ratio.interval.low, ratio.interval.high].into_iter().all(usable).then_some(ratio)
}

/// The median of as many samples drawn with replacement, in blocks of neighbours; the first follows on the last.
fn median_of_blocks(samples: &[f64], drawn: &mut Vec<f64>, random: &mut fastrand::Rng) -> f64 {
    let block = (samples.len() as f64).cbrt().round() as usize;
    drawn.clear();
    while drawn.len() < samples.len() {
        let start = random.usize(..samples.len());
        let more = block.min(samples.len() - drawn.len());
        drawn.extend((start..start + more).map(|index| samples[index % samples.len()]));
    }
    median_in_place(drawn)
}

/// How many times as long `arm` takes as `base`. Sample *i* of both is of the same round, so that a slow spell of the
/// machine cancels out of the quotient. Nothing if there are no samples, or so many of the base are 0 that there is no
/// quotient to speak of.
pub fn ratio(arm: &[f64], base: &[f64], seed: u64) -> Option<Ratio> {
    let quotients: Vec<f64> = arm.iter().zip(base).map(|(arm, base)| arm / base).collect();
    let ratio = Ratio { value: median(&quotients), interval: median_interval(&quotients, seed) };
    [ratio.value, ratio.interval.low, ratio.interval.high].iter().all(|value| value.is_finite()).then_some(ratio)
}
