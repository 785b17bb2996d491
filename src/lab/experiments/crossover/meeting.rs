//! Where the curves of two ways meet.

use super::{CHANGES, COLD, READS};
use crate::lab::experiments::findings::SEED;
use crate::lab::experiments::{Crossing, Group, fault};
use crate::lab::measure::{bootstrap, median};

/// What mapping is compared with.
const SLICES: &str = "slices, the faster form";

const SLICE_FORMS: [&str; 2] = [fault::SLICE, fault::WHOLE];
const MAPPED: [&str; 4] = [fault::SOFT, fault::RESIDENT, fault::SIGSEGV, fault::UFFD];

/// A crossing for each table and each way of mapping that was measured.
pub fn meetings(groups: &[Group]) -> Vec<Crossing> {
    let of = |section: &'static str| {
        let mut points: Vec<Point<'_>> =
            groups.iter().filter(|group| group.section == section).filter_map(Point::new).collect();
        points.sort_by(|a, b| a.accesses.total_cmp(&b.accesses));
        MAPPED.into_iter().filter_map(move |mapped| meeting(&points, mapped, section))
    };
    [READS, CHANGES, COLD].into_iter().flat_map(of).collect()
}

/// A row: what was measured at one number of accesses.
struct Point<'a> {
    accesses: f64,
    group: &'a Group,
}

impl<'a> Point<'a> {
    fn new(group: &'a Group) -> Option<Self> {
        Some(Self { accesses: group.title.parse().ok()?, group })
    }

    /// How much of the time of slices mapping takes, in logarithms, from some of the rounds.
    fn cost(&self, mapped: &str, rounds: &[usize]) -> Option<f64> {
        let of_rounds = |arm: &str| {
            let samples = &self.group.arm(arm)?.samples_ns;
            let drawn: Vec<f64> = rounds.iter().filter_map(|&round| samples.get(round).copied()).collect();
            Some(median(&drawn))
        };
        let slices = SLICE_FORMS.into_iter().filter_map(of_rounds).reduce(f64::min)?;
        Some((of_rounds(mapped)?.max(f64::MIN_POSITIVE) / slices.max(f64::MIN_POSITIVE)).ln())
    }

    fn rounds(&self) -> usize {
        self.group.arms.first().map_or(0, |arm| arm.samples_ns.len())
    }
}

fn meeting(points: &[Point<'_>], mapped: &str, of: &str) -> Option<Crossing> {
    let at = |mut rounds_of: Box<dyn FnMut(&Point<'_>) -> Vec<usize> + '_>| {
        let cost = |point: &Point<'_>| Some((point.accesses, point.cost(mapped, &rounds_of(point))?));
        points.iter().map(cost).collect::<Option<Vec<_>>>().map(|curve| crossing(&curve))
    };
    let found = at(Box::new(|point| (0..point.rounds()).collect()))?;
    let mut random = fastrand::Rng::with_seed(SEED);
    let interval = bootstrap(|| {
        let draw = |point: &Point<'_>| (0..point.rounds()).map(|_| random.usize(..point.rounds())).collect();
        at(Box::new(draw)).unwrap_or(f64::INFINITY)
    });
    (points.len() > 1).then(|| Crossing::found(SLICES, mapped, of, found, interval))
}

/// From where on a curve stays below 0: the first point if it always does, infinity if it does not at the last.
fn crossing(curve: &[(f64, f64)]) -> f64 {
    let Some(last) = curve.iter().rposition(|(_, cost)| *cost >= 0.0) else {
        return curve.first().map_or(f64::INFINITY, |point| point.0);
    };
    let Some(&(after, below)) = curve.get(last + 1) else { return f64::INFINITY };
    let (before, above) = curve[last];
    let share = above / (above - below);
    (before.ln() + share * (after.ln() - before.ln())).exp()
}
