//! The crossovers of mapped arms and slices.

use super::tables::{CHANGES, COLD, READS};
use crate::lab::experiments::{Crossing, Group, fault};
use crate::lab::measure::{Interval, by_factor, margin, median};

const SLICES: [&str; 2] = [fault::SLICE, fault::WHOLE];
const MAPPED: [&str; 4] = [fault::SOFT, fault::RESIDENT, fault::SIGSEGV, fault::UFFD];

/// The crossover of every mapped arm and every slice arm, for each table.
pub fn crossovers(groups: &[Group]) -> Vec<Crossing> {
    let mut found = Vec::new();
    for section in [READS, CHANGES, COLD] {
        let mut points: Vec<Point<'_>> =
            groups.iter().filter(|group| group.section == section).filter_map(Point::new).collect();
        points.sort_by(|a, b| a.accesses.total_cmp(&b.accesses));
        for slices in SLICES {
            found.extend(MAPPED.into_iter().filter_map(|mapped| crossover(&points, [mapped, slices], section)));
        }
    }
    found
}

/// A row: the measurements at one number of accesses.
struct Point<'a> {
    accesses: f64,
    group: &'a Group,
    rounds: usize,
}

impl<'a> Point<'a> {
    fn new(group: &'a Group) -> Option<Self> {
        let rounds = group.arms.first()?.samples_ns.len();
        Some(Self { accesses: group.title.parse().ok()?, group, rounds })
    }

    /// The logarithm of how many times as long the first arm takes as the second. `middle` is the centre of samples.
    fn log_ratio(&self, arms: [&str; 2], middle: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let time = |arm: &str| Some(middle(&self.group.arm(arm)?.samples_ns).max(f64::MIN_POSITIVE));
        Some((time(arms[0])? / time(arms[1])?).ln())
    }
}

/// The number of accesses and the logarithm of the ratio at each point.
fn curve(points: &[Point<'_>], arms: [&str; 2], middle: impl Fn(&[f64]) -> f64) -> Option<Vec<(f64, f64)>> {
    points.iter().map(|point| Some((point.accesses, point.log_ratio(arms, &middle)?))).collect()
}

fn crossover(points: &[Point<'_>], arms: [&str; 2], of: &str) -> Option<Crossing> {
    let all = curve(points, arms, median)?;
    let (&(fewest, first), &(most, last)) = (all.first()?, all.last()?);
    // The sign makes the curve begin below 0.
    let (sign, [below, above]) = if first < 0.0 { (1.0, arms) } else { (-1.0, [arms[1], arms[0]]) };
    if sign * last < 0.0 {
        return Some(Crossing { below: below.to_owned(), above: above.to_owned(), of: of.to_owned(), found: None });
    }
    // An interrupted row has fewer rounds than the others: only the rounds of all rows count.
    let rounds = points.iter().map(|point| point.rounds).min()?;
    let layings = points.iter().map(|point| point.group.layings).min()?;
    let zeros = layings.values(rounds, |chosen| {
        let middle =
            |samples: &[f64]| layings.middle(&mut chosen.iter().map(|&round| samples[round]).collect::<Vec<_>>());
        curve(points, arms, middle).map_or(f64::NAN, |curve| last_zero(&curve, sign).ln())
    });
    let zero = last_zero(&all, sign);
    let Interval { low, high } = by_factor(zero, margin(&[&zeros]));
    // Numbers of accesses beyond the ends were not measured.
    let interval = Interval { low: low.max(fewest), high: high.min(most) };
    Some(Crossing::new(below, above, of, zero, interval))
}

/// The number of accesses from which on the curve, times `sign`, stays above 0. It is interpolated between two points. A curve
/// that is above 0 everywhere, or below 0 at its end, crosses at that end: the numbers beyond were not measured.
fn last_zero(curve: &[(f64, f64)], sign: f64) -> f64 {
    let Some(last) = curve.iter().rposition(|(_, log_ratio)| sign * log_ratio < 0.0) else { return curve[0].0 };
    let (before, below) = curve[last];
    let Some(&(after, above)) = curve.get(last + 1) else { return before };
    let share = below / (below - above);
    (before.ln() + share * (after.ln() - before.ln())).exp()
}
