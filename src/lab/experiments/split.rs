//! The phases of a transaction's time: sampled with a stopwatch, beside the same transaction without one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lab::measure::{Layings, Ratio, median, ratio};
use crate::lab::workloads::PhaseTimes;
use crate::receipt::Phase;

/// The name of the time that belongs to no phase.
pub const OTHER: &str = "other";

/// The time of an arm, divided into phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSplit {
    /// The samples with the stopwatch: nanoseconds per transaction.
    pub samples_ns: Vec<f64>,
    /// The median of these samples.
    pub median_ns: f64,
    /// How many times as long a transaction takes with the stopwatch as without.
    pub overhead: Option<Ratio>,
    /// The phases, in the order of a transaction. The last one is the rest of the whole.
    pub parts: Vec<PhaseSamples>,
}

/// The samples of one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSamples {
    /// The name of the phase.
    pub name: String,
    /// The samples: nanoseconds per transaction.
    pub samples_ns: Vec<f64>,
    /// The median of these samples.
    pub median_ns: f64,
}

impl TimeSplit {
    /// Divides samples with the stopwatch into phases. `without` holds the samples without it, and `phases` the name and
    /// samples of each phase.
    pub fn new(without: &[f64], samples_ns: Vec<f64>, phases: Vec<(String, Vec<f64>)>, layings: Layings) -> Self {
        let mut parts: Vec<PhaseSamples> =
            phases.into_iter().map(|(name, samples)| PhaseSamples::new(name, samples)).collect();
        let rest = |(index, whole): (usize, &f64)| whole - parts.iter().map(|part| part.samples_ns[index]).sum::<f64>();
        let other = samples_ns.iter().enumerate().map(rest).collect();
        parts.push(PhaseSamples::new(OTHER.to_owned(), other));
        Self { median_ns: median(&samples_ns), overhead: ratio(&samples_ns, without, layings), samples_ns, parts }
    }

    /// True if the whole and every phase have a sample of each round.
    pub(super) fn has(&self, rounds: usize) -> bool {
        self.samples_ns.len() == rounds && self.parts.iter().all(|part| part.samples_ns.len() == rounds)
    }

    /// The same samples, with all statistics computed again.
    pub(super) fn recomputed(&self, without: &[f64], layings: Layings) -> Self {
        let phases = self.parts.iter().filter(|part| part.name != OTHER);
        let phases = phases.map(|part| (part.name.clone(), part.samples_ns.clone())).collect();
        Self::new(without, self.samples_ns.clone(), phases, layings)
    }

    /// Appends the samples of the next laying. The statistics must then be recomputed.
    pub(super) fn append(&mut self, next: &Self) {
        self.samples_ns.extend(&next.samples_ns);
        for (part, next) in self.parts.iter_mut().zip(&next.parts) {
            part.samples_ns.extend(&next.samples_ns);
        }
    }
}

impl PhaseSamples {
    fn new(name: String, samples_ns: Vec<f64>) -> Self {
        Self { name, median_ns: median(&samples_ns), samples_ns }
    }
}

/// The times of every batch that ran with the stopwatch, in order.
#[derive(Debug, Default)]
pub(super) struct StopwatchRecord(Vec<BatchTimes>);

/// Nanoseconds per transaction of one batch.
#[derive(Debug)]
struct BatchTimes {
    whole: f64,
    phases: [f64; Phase::ALL.len()],
}

impl StopwatchRecord {
    /// Adds a batch of `transactions` transactions, with its total time and the total time of each phase.
    pub(super) fn add_batch(&mut self, transactions: u64, took: Duration, phases: &PhaseTimes) {
        let per_transaction = |time: Duration| time.as_nanos() as f64 / transactions as f64;
        self.0.push(BatchTimes { whole: per_transaction(took), phases: phases.map(per_transaction) });
    }

    /// The name and samples of each phase, for the given samples of the whole. It finds the batches of these samples in the
    /// record, which also holds the batches that sized the arm, and perhaps one of an interrupted round.
    pub(super) fn phases_of(&self, samples: &[f64]) -> Option<Vec<(String, Vec<f64>)>> {
        let mut candidates = self.0.windows(samples.len().max(1)).rev();
        let batches = candidates.find(|batches| batches.iter().map(|batch| &batch.whole).eq(samples))?;
        let of_phase = |phase: Phase| {
            (phase.name().to_owned(), batches.iter().map(|batch| batch.phases[phase as usize]).collect())
        };
        Some(Phase::ALL.map(of_phase).into())
    }
}
