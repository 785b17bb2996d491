//! The arms of a run, and the comparison of an arm with that of another run.

use super::comparison::Compared;
use crate::lab::experiments::{Group, Measured};
use crate::lab::measure::{Event, ratio_of_runs};
use crate::lab::report::Report;

/// An arm, with its experiment and row.
pub struct Arm<'a> {
    experiment: &'a str,
    group: &'a Group,
    measured: &'a Measured,
    /// The number of earlier rows in the same table with the same name.
    earlier_namesakes: usize,
}

/// Every arm of a run.
pub fn all(report: &Report) -> Vec<Arm<'_>> {
    let mut arms = Vec::new();
    for findings in &report.experiments {
        for (index, group) in findings.groups.iter().enumerate() {
            let same = |other: &&Group| (&other.section, &other.title) == (&group.section, &group.title);
            let earlier_namesakes = findings.groups[..index].iter().filter(same).count();
            let arm = |measured| Arm { experiment: &findings.name, group, measured, earlier_namesakes };
            arms.extend(group.arms.iter().map(arm));
        }
    }
    arms
}

impl Arm<'_> {
    pub fn key(&self) -> [&str; 4] {
        [self.experiment, &self.group.section, &self.group.title, &self.measured.name]
    }

    /// True if `other` is the same arm of another run.
    pub fn is_same_arm(&self, other: &Self) -> bool {
        (self.key(), self.earlier_namesakes) == (other.key(), other.earlier_namesakes)
    }

    /// Compares the arm of the first run with that of the second.
    pub fn compare(&self, other: &Self) -> Compared {
        let (first, second) = (self.measured, other.measured);
        let ratio = ratio_of_runs((&second.samples_ns, other.group.layings), (&first.samples_ns, self.group.layings));
        let [experiment, section, title, arm] = self.key().map(str::to_owned);
        let names = first.counts.keys().chain(second.counts.keys());
        let count = |name: &String| (name.clone(), [first, second].map(|arm| arm.counts.get(name).copied()));
        Compared {
            experiment,
            section,
            title,
            arm,
            medians_ns: [first.median_ns, second.median_ns],
            verdict: ratio.map(|ratio| ratio.verdict()),
            ratio,
            against_base: [first.ratio, second.ratio],
            counts: names.map(count).filter(|(name, [first, second])| differ(name, *first, *second)).collect(),
        }
    }
}

/// True if a count of two runs differs. Performance counters vary a little, and are missing on some hosts: they differ if both
/// runs have them and they are not nearly equal. Context switches depend on the clock and are not compared.
fn differ(name: &str, first: Option<u64>, second: Option<u64>) -> bool {
    match (Event::named(name), first, second) {
        (None, ..) => first != second,
        (Some(Event::ContextSwitches), ..) | (Some(_), None, _) | (Some(_), _, None) => false,
        (Some(_), Some(first), Some(second)) => first.abs_diff(second) * EVENT_TOLERANCE > first.max(second),
    }
}

/// Performance counters that differ by at most one part in this number count as equal.
const EVENT_TOLERANCE: u64 = 100;

#[cfg(test)]
mod tests {
    use super::differ;

    #[test]
    fn counts_are_compared_exactly_and_performance_counters_nearly() {
        assert!(differ("gas", Some(100_000), Some(100_001)) && differ("gas", None, Some(1)));
        let instructions = |first, second| differ("instructions (user)", first, second);
        assert!(!instructions(Some(100_000), Some(100_900)) && instructions(Some(100_000), Some(101_100)));
        assert!(!instructions(None, Some(1)) && !instructions(Some(0), Some(0)) && instructions(Some(0), Some(1)));
        assert!(!differ("context switches", Some(0), Some(9)));
    }
}
