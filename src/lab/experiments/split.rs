//! Where the time of a transaction goes: its parts, sampled with a stopwatch beside the same transaction without one.

use serde::{Deserialize, Serialize};

use crate::lab::measure::{Layings, Ratio, median, ratio};
use crate::lab::workloads::Parts;
use crate::receipt::Phase;

/// What no part of the stopwatch's has.
pub const OTHER: &str = "other";

/// The parts of an arm's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSplit {
    /// Nanoseconds for one with the stopwatch running, each sample.
    pub samples_ns: Vec<f64>,
    /// Their median.
    pub median_ns: f64,
    /// How many times as long one takes with the stopwatch as without.
    pub overhead: Option<Ratio>,
    /// The parts, in the order in which a transaction goes through them; the last is what is left of the whole.
    pub parts: Vec<Part>,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Nanoseconds of it in one, each sample.
    pub samples_ns: Vec<f64>,
    /// Their median.
    pub median_ns: f64,
}

impl TimeSplit {
    /// From samples without the stopwatch, samples with it, and the parts of these.
    pub fn new(without: &[f64], samples_ns: Vec<f64>, parts: Vec<(String, Vec<f64>)>, layings: Layings) -> Self {
        let mut parts: Vec<Part> = parts.into_iter().map(|(name, samples)| Part::new(name, samples)).collect();
        let left = |(index, whole): (usize, &f64)| whole - parts.iter().map(|part| part.samples_ns[index]).sum::<f64>();
        let other = samples_ns.iter().enumerate().map(left).collect();
        parts.push(Part::new(OTHER.to_owned(), other));
        Self { median_ns: median(&samples_ns), overhead: ratio(&samples_ns, without, layings), samples_ns, parts }
    }

    /// Whether it and its parts have so many samples.
    pub(super) fn has(&self, rounds: usize) -> bool {
        self.samples_ns.len() == rounds && self.parts.iter().all(|part| part.samples_ns.len() == rounds)
    }

    /// The same samples, with the numbers worked out again.
    pub(super) fn again(&self, without: &[f64], layings: Layings) -> Self {
        let known = self.parts.iter().filter(|part| part.name != OTHER);
        let known = known.map(|part| (part.name.clone(), part.samples_ns.clone())).collect();
        Self::new(without, self.samples_ns.clone(), known, layings)
    }

    /// Adds the samples of the same arm, laid anew; the numbers are then to be worked out again.
    pub(super) fn join(&mut self, next: &Self) {
        self.samples_ns.extend(&next.samples_ns);
        for (part, next) in self.parts.iter_mut().zip(&next.parts) {
            part.samples_ns.extend(&next.samples_ns);
        }
    }
}

impl Part {
    fn new(name: String, samples_ns: Vec<f64>) -> Self {
        Self { name, median_ns: median(&samples_ns), samples_ns }
    }
}

/// What the stopwatch said of each batch, in the order in which they were run.
#[derive(Debug, Default)]
pub(super) struct Recorded(Vec<(f64, [f64; Phase::ALL.len()])>);

impl Recorded {
    /// Notes a batch of so many transactions that took so long in all, and its parts.
    pub(super) fn note(&mut self, times: u64, took: std::time::Duration, parts: &Parts) {
        let one = |time: std::time::Duration| time.as_nanos() as f64 / times as f64;
        self.0.push((one(took), parts.map(one)));
    }

    /// The parts of samples. Before them there were batches of other sizes, and after them there may be one of a round that
    /// was interrupted.
    pub(super) fn of(&self, samples: &[f64]) -> Option<Vec<(String, Vec<f64>)>> {
        let mut runs = self.0.windows(samples.len().max(1)).rev();
        let run = runs.find(|run| run.iter().map(|(whole, _)| whole).eq(samples))?;
        let part =
            |phase: Phase| (phase.name().to_owned(), run.iter().map(|(_, parts)| parts[phase as usize]).collect());
        Some(Phase::ALL.map(part).into())
    }
}
