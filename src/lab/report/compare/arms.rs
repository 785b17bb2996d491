//! The arms of a run, each with its place, and one beside the same of another run.

use super::comparison::Compared;
use crate::lab::experiments::{Group, Measured};
use crate::lab::measure::{Event, ratio_of_runs};
use crate::lab::report::Report;

/// An arm with its place.
pub struct Arm<'a> {
    experiment: &'a str,
    group: &'a Group,
    measured: &'a Measured,
    /// How many rows of the same table have the same name and come before.
    before: usize,
}

/// Every arm of a run.
pub fn of(report: &Report) -> Vec<Arm<'_>> {
    let mut arms = Vec::new();
    for findings in &report.experiments {
        for (index, group) in findings.groups.iter().enumerate() {
            let same = |other: &&Group| (&other.section, &other.title) == (&group.section, &group.title);
            let before = findings.groups[..index].iter().filter(same).count();
            let arm = |measured| Arm { experiment: &findings.name, group, measured, before };
            arms.extend(group.arms.iter().map(arm));
        }
    }
    arms
}

impl Arm<'_> {
    pub fn key(&self) -> [&str; 4] {
        [self.experiment, &self.group.section, &self.group.title, &self.measured.name]
    }

    /// Whether it is the same arm of another run.
    pub fn is(&self, other: &Self) -> bool {
        (self.key(), self.before) == (other.key(), other.before)
    }

    pub fn compared(&self, other: &Self) -> Compared {
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

/// Whether a count of two runs is not the same. What processor and kernel count is so only nearly when nothing changed, is
/// not there on every machine, and is compared where both have it; how often the thread had to wait depends on the clock.
fn differ(name: &str, first: Option<u64>, second: Option<u64>) -> bool {
    match (Event::named(name), first, second) {
        (None, ..) => first != second,
        (Some(Event::ContextSwitches), ..) | (Some(_), None, _) | (Some(_), _, None) => false,
        (Some(_), Some(first), Some(second)) => first.abs_diff(second) * NEARLY > first.max(second),
    }
}

/// Events that differ by less than one in so many are called the same.
const NEARLY: u64 = 100;

#[cfg(test)]
mod tests {
    use super::differ;

    #[test]
    fn counts_differ_if_they_do_and_events_if_it_is_more_than_a_little() {
        assert!(differ("gas", Some(100_000), Some(100_001)) && differ("gas", None, Some(1)));
        let instructions = |first, second| differ("instructions (user)", first, second);
        assert!(!instructions(Some(100_000), Some(100_900)) && instructions(Some(100_000), Some(101_100)));
        assert!(!instructions(None, Some(1)) && !instructions(Some(0), Some(0)) && instructions(Some(0), Some(1)));
        assert!(!differ("context switches", Some(0), Some(9)));
    }
}
