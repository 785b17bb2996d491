//! Where the curves of two ways meet.

use super::tables::{CHANGES, COLD, READS};
use crate::lab::experiments::{Crossing, Group, fault};
use crate::lab::measure::{Interval, by_factor, margin, median};

/// What mapping is compared with.
const SLICES: [&str; 2] = [fault::SLICE, fault::WHOLE];
const MAPPED: [&str; 4] = [fault::SOFT, fault::RESIDENT, fault::SIGSEGV, fault::UFFD];

/// For each table and form of slices, where each way of mapping that was measured meets it.
pub fn meetings(groups: &[Group]) -> Vec<Crossing> {
    let mut found = Vec::new();
    for section in [READS, CHANGES, COLD] {
        let mut points: Vec<Point<'_>> =
            groups.iter().filter(|group| group.section == section).filter_map(Point::new).collect();
        points.sort_by(|a, b| a.accesses.total_cmp(&b.accesses));
        for slices in SLICES {
            found.extend(MAPPED.into_iter().filter_map(|mapped| meeting(&points, [mapped, slices], section)));
        }
    }
    found
}

/// A row: what was measured at one number of accesses.
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

    /// The logarithm of how many times as long the first takes as the second, from what is the middle of each.
    fn cost(&self, arms: [&str; 2], middle: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let of_rounds = |arm: &str| Some(middle(&self.group.arm(arm)?.samples_ns).max(f64::MIN_POSITIVE));
        Some((of_rounds(arms[0])? / of_rounds(arms[1])?).ln())
    }
}

/// Each point with the cost there.
fn curve(points: &[Point<'_>], arms: [&str; 2], middle: impl Fn(&[f64]) -> f64) -> Option<Vec<(f64, f64)>> {
    points.iter().map(|point| Some((point.accesses, point.cost(arms, &middle)?))).collect()
}

fn meeting(points: &[Point<'_>], arms: [&str; 2], of: &str) -> Option<Crossing> {
    let all = curve(points, arms, median)?;
    let (&(least, first), &(most, last)) = (all.first()?, all.last()?);
    // Turned so that the first of the arms is the better one below.
    let (turned, [below, above]) = if first < 0.0 { (1.0, arms) } else { (-1.0, [arms[1], arms[0]]) };
    if turned * last < 0.0 {
        return Some(Crossing { below: below.to_owned(), above: above.to_owned(), of: of.to_owned(), found: None });
    }
    // Rows that were interrupted have fewer rounds, and those of all are gone by.
    let rounds = points.iter().map(|point| point.rounds).min()?;
    let layings = points.iter().map(|point| point.group.layings).min()?;
    let places = layings.values(rounds, |some| {
        let middle =
            |samples: &[f64]| layings.middle(&mut some.iter().map(|&round| samples[round]).collect::<Vec<_>>());
        curve(points, arms, middle).map_or(f64::NAN, |curve| crossing(&curve, turned).ln())
    });
    let place = crossing(&all, turned);
    let Interval { low, high } = by_factor(place, margin(&[&places]));
    // What lies beyond the ends was not measured.
    let interval = Interval { low: low.max(least), high: high.min(most) };
    Some(Crossing::found(below, above, of, place, interval))
}

/// From where on a curve, turned, stays above 0. A curve that does from its beginning, or not at its end, crosses there: what
/// lies beyond was not measured.
fn crossing(curve: &[(f64, f64)], turned: f64) -> f64 {
    let Some(last) = curve.iter().rposition(|(_, cost)| turned * cost < 0.0) else { return curve[0].0 };
    let (before, below) = curve[last];
    let Some(&(after, above)) = curve.get(last + 1) else { return before };
    let share = below / (below - above);
    (before.ln() + share * (after.ln() - before.ln())).exp()
}
