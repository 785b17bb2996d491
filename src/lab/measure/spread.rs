//! The uncertainty of a statistic: Student's t over parts of the samples that are as independent as possible.
//!
//! ```text
//!  laying 1    laying 2    laying 3             each laying sets all arms up at fresh memory addresses; medians
//!  rounds 1-20 21-40       41-60       ...      of different layings differ by more than the samples of one
//!  median m1   m2          m3                   laying, so the interval is computed from those medians
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::median::median_in_place;

/// The number of layings of a comparison: set-ups of all its arms, each at fresh memory addresses and in fresh files. Every
/// laying has the same number of samples, and they follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layings(pub u32);

/// How many blocks of consecutive samples a single laying is divided into. A slow spell affects consecutive samples alike.
/// Longer blocks contain more of a spell; fewer blocks make a wider interval.
const BLOCKS: usize = 7;

impl Layings {
    /// A single laying.
    pub const ONE: Self = Self(1);

    /// Values of a statistic that are as independent of one another as possible. Their mean is as uncertain as the statistic.
    ///
    /// With several layings, there is a value for each laying. With one, the values are the pseudo-values of the jackknife,
    /// which show how the statistic changes if a block of consecutive samples is left out. `statistic` computes the statistic
    /// of the samples with the given indices.
    pub fn values(self, samples: usize, statistic: impl Fn(&[usize]) -> f64) -> Vec<f64> {
        let all: Vec<usize> = (0..samples).collect();
        if self > Self::ONE {
            return parts(samples, self.0 as usize).map(|part| statistic(&all[part])).collect();
        }
        let blocks = BLOCKS.min(samples);
        let whole = statistic(&all);
        let without = |block: Range<usize>| statistic(&[&all[..block.start], &all[block.end..]].concat());
        let pseudo = |block| blocks as f64 * whole - (blocks - 1) as f64 * without(block);
        parts(samples, blocks).map(pseudo).collect()
    }

    /// The centre of some samples, a statistic for [`Self::values`]: the median, or the mean of the middle half for a single
    /// laying, as the jackknife needs a smoother statistic.
    pub fn middle(self, samples: &mut [f64]) -> f64 {
        if self > Self::ONE {
            return median_in_place(samples);
        }
        samples.sort_by(f64::total_cmp);
        let quarter = samples.len() / 4;
        let half = &samples[quarter..samples.len() - quarter];
        half.iter().sum::<f64>() / half.len() as f64
    }

    /// The [`Self::values`] of the centre of samples.
    pub fn middles(self, samples: &[f64]) -> Vec<f64> {
        self.values(samples.len(), |chosen| {
            let mut chosen: Vec<f64> = chosen.iter().map(|&index| samples[index]).collect();
            self.middle(&mut chosen)
        })
    }
}

/// Ranges that divide the samples into consecutive parts. The lengths differ by one sample at most.
fn parts(samples: usize, parts: usize) -> impl Iterator<Item = Range<usize>> {
    (0..parts).map(move |part| part * samples / parts..(part + 1) * samples / parts)
}

/// The 95 % interval around the centre of samples. It is computed from their logarithms if all samples are above 0.
pub fn around(value: f64, samples: &[f64], layings: Layings) -> Interval {
    if samples.iter().all(|sample| *sample > 0.0) {
        let logarithms: Vec<f64> = samples.iter().map(|sample| sample.ln()).collect();
        return by_factor(value, margin(&[&layings.middles(&logarithms)]));
    }
    let margin = margin(&[&layings.middles(samples)]);
    Interval { low: value - margin, high: value + margin }
}

/// The interval around a value whose logarithm has this margin.
pub fn by_factor(value: f64, margin: f64) -> Interval {
    Interval { low: value / margin.exp(), high: value * margin.exp() }
}

/// The margin of a mean, or of the difference of two means, with 95 % confidence: Student's t with Welch's degrees of
/// freedom. The margin of a single value is infinite.
pub fn margin(samples: &[&[f64]]) -> f64 {
    let of_mean = |values: &&[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / (count - 1.0) / count, count - 1.0)
    };
    let variances: Vec<(f64, f64)> = samples.iter().map(of_mean).collect();
    let variance: f64 = variances.iter().map(|(variance, _)| variance).sum();
    if variance == 0.0 {
        return 0.0;
    }
    let weights: f64 = variances.iter().map(|(variance, freedom)| variance.powi(2) / freedom).sum();
    if variance.is_finite() { student(variance.powi(2) / weights) * variance.sqrt() } else { f64::INFINITY }
}

/// The 97.5 % quantile of Student's t. A fractional number of degrees of freedom is rounded down.
fn student(freedom: f64) -> f64 {
    const TABLE: [f64; 20] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086,
    ];
    const NORMAL: f64 = 1.959_964;
    // A whole number may have come out slightly too small.
    let whole = (freedom + 1e-9).floor().max(1.0);
    // Beyond the table, two terms of the series are exact to three decimals (Abramowitz and Stegun, 26.7.5).
    let series = |n: f64| NORMAL + 2.372_3 / n + 2.822_5 / (n * n);
    TABLE.get(whole as usize - 1).copied().unwrap_or_else(|| series(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_continue_beyond_the_table() {
        let (last, next) = (student(20.0), student(21.0));
        assert!(next < last && (next - 2.0796).abs() < 1e-3, "{last} {next}");
        assert!((student(60.0) - 2.0003).abs() < 1e-3 && (student(1e12) - 1.96).abs() < 1e-3);
        assert_eq!((student(1.0), student(2.999), student(0.3)), (12.706, 4.303, 12.706));
    }

    #[test]
    fn several_layings_give_their_own_values_and_a_single_one_gives_pseudo_values() {
        let mean = |some: &[usize]| some.iter().sum::<usize>() as f64 / some.len() as f64;
        assert_eq!(Layings(3).values(9, mean), [1.0, 4.0, 7.0]);
        // The pseudo-values of a mean are the means of the blocks.
        assert_eq!(Layings::ONE.values(14, mean), [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5]);
        assert_eq!((Layings::ONE.values(5, mean).len(), Layings::ONE.values(0, mean).len()), (5, 0));
        assert_eq!(Layings(3).middle(&mut [9.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(Layings::ONE.middle(&mut [9.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn a_margin_is_the_one_computed_by_hand() {
        // Mean 2, standard deviation 1, of three: 4.303 / sqrt(3).
        assert!((margin(&[&[1.0, 2.0, 3.0]]) - 2.4843).abs() < 1e-3);
        // Twice the variance, four degrees of freedom: 2.776 * sqrt(2 / 3).
        assert!((margin(&[&[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0]]) - 2.2666).abs() < 1e-3);
        assert_eq!((margin(&[&[5.0, 5.0]]), margin(&[&[1.0]])), (0.0, f64::INFINITY));
    }
}
