//! How far a figure may be off: Student's t over parts of the samples that were taken as far apart as can be.
//!
//! ```text
//!  laid        laid anew   laid anew            what the arms run is made anew for each laying, elsewhere in
//!  rounds 1-20 21-40       41-60       ...      memory; the medians of the layings differ by more than the
//!  median m1   m2          m3                   samples of one do, and the interval is worked out from them
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::median::median_in_place;

/// How often the arms of a comparison were laid: made anew, at other places in memory and in files. Each laying has as many
/// of the samples, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layings(pub u32);

/// Into how many blocks of neighbours the samples of one laying are parted: a slow spell meets neighbours alike. Longer blocks
/// hold more of it, and fewer of them make a wider interval.
const BLOCKS: usize = 7;

impl Layings {
    /// Laid once, as what is measured by itself is.
    pub const ONE: Self = Self(1);

    /// What some of so many samples, by their numbers, say of a figure: values as independent of one another as can be,
    /// around the figure, whose mean is off as far as the figure is.
    ///
    /// Of several layings, what each says by itself. Of one, the pseudo-values of the jackknife: what all say, and how that
    /// changes when a block of neighbours is left out.
    pub fn values(self, samples: usize, figure: impl Fn(&[usize]) -> f64) -> Vec<f64> {
        let all: Vec<usize> = (0..samples).collect();
        if self > Self::ONE {
            return parts(samples, self.0 as usize).map(|part| figure(&all[part])).collect();
        }
        let blocks = BLOCKS.min(samples);
        let whole = figure(&all);
        let without = |block: Range<usize>| figure(&[&all[..block.start], &all[block.end..]].concat());
        let pseudo = |block| blocks as f64 * whole - (blocks - 1) as f64 * without(block);
        parts(samples, blocks).map(pseudo).collect()
    }

    /// The middle of some samples, as [`Self::values`] should be told of it: the median of a laying. The jackknife needs
    /// something smoother, the mean of the middle half.
    pub fn middle(self, samples: &mut [f64]) -> f64 {
        if self > Self::ONE {
            return median_in_place(samples);
        }
        samples.sort_by(f64::total_cmp);
        let quarter = samples.len() / 4;
        let half = &samples[quarter..samples.len() - quarter];
        half.iter().sum::<f64>() / half.len() as f64
    }

    /// What samples say of their middle.
    pub fn middles(self, samples: &[f64]) -> Vec<f64> {
        self.values(samples.len(), |some| {
            let mut some: Vec<f64> = some.iter().map(|&number| samples[number]).collect();
            self.middle(&mut some)
        })
    }
}

/// So many samples in parts of neighbours, as long as one another but for one sample.
fn parts(samples: usize, parts: usize) -> impl Iterator<Item = Range<usize>> {
    (0..parts).map(move |part| part * samples / parts..(part + 1) * samples / parts)
}

/// The 95 % interval around the middle of samples. Where each is above 0, they are compared as quotients are: by their
/// logarithms.
pub fn around(value: f64, samples: &[f64], layings: Layings) -> Interval {
    if samples.iter().all(|sample| *sample > 0.0) {
        let logarithms: Vec<f64> = samples.iter().map(|sample| sample.ln()).collect();
        return by_factor(value, margin(&[&layings.middles(&logarithms)]));
    }
    let margin = margin(&[&layings.middles(samples)]);
    Interval { low: value - margin, high: value + margin }
}

/// The interval around a figure whose logarithm may be off so far.
pub fn by_factor(value: f64, margin: f64) -> Interval {
    Interval { low: value / margin.exp(), high: value * margin.exp() }
}

/// How far the mean of values may be from the true one with 95 % confidence, or the difference of two means: Student's t,
/// with Welch's degrees of freedom. Infinite for a single value, which says nothing of how much others differ.
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
    match variance.is_finite() {
        true => student(variance.powi(2) / weights) * variance.sqrt(),
        false => f64::INFINITY,
    }
}

/// The 97.5 % quantile of Student's t; for a broken number of degrees of freedom that of the next lower one.
fn student(freedom: f64) -> f64 {
    const TABLE: [f64; 20] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086,
    ];
    const NORMAL: f64 = 1.959_964;
    // Rounding may bring a whole number of degrees just below itself.
    let whole = (freedom + 1e-9).floor().max(1.0);
    // Beyond the table two terms of the series are right to the third decimal (Abramowitz and Stegun, 26.7.5).
    let series = |n: f64| NORMAL + 2.372_3 / n + 2.822_5 / (n * n);
    TABLE.get(whole as usize - 1).copied().unwrap_or_else(|| series(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_go_on_where_the_table_ends() {
        let (last, next) = (student(20.0), student(21.0));
        assert!(next < last && (next - 2.0796).abs() < 1e-3, "{last} {next}");
        assert!((student(60.0) - 2.0003).abs() < 1e-3 && (student(1e12) - 1.96).abs() < 1e-3);
        assert_eq!((student(1.0), student(2.999), student(0.3)), (12.706, 4.303, 12.706));
    }

    #[test]
    fn layings_speak_for_themselves_and_blocks_by_what_is_left_without_them() {
        let mean = |some: &[usize]| some.iter().sum::<usize>() as f64 / some.len() as f64;
        assert_eq!(Layings(3).values(9, mean), [1.0, 4.0, 7.0]);
        // Of a mean the pseudo-values are the means of the blocks.
        assert_eq!(Layings::ONE.values(14, mean), [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5]);
        assert_eq!((Layings::ONE.values(5, mean).len(), Layings::ONE.values(0, mean).len()), (5, 0));
        assert_eq!(Layings(3).middle(&mut [9.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(Layings::ONE.middle(&mut [9.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn a_margin_is_the_one_worked_out_by_hand() {
        // Mean 2, standard deviation 1, of three: 4.303 / sqrt(3).
        assert!((margin(&[&[1.0, 2.0, 3.0]]) - 2.4843).abs() < 1e-3);
        // Twice the variance, four degrees of freedom: 2.776 * sqrt(2 / 3).
        assert!((margin(&[&[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0]]) - 2.2666).abs() < 1e-3);
        assert_eq!((margin(&[&[5.0, 5.0]]), margin(&[&[1.0]])), (0.0, f64::INFINITY));
    }
}
