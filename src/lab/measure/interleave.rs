//! Interleaved sampling.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::lab::LabError;

/// The fewest rounds of a single laying that support a conclusion: an interval of four samples is a guess.
pub const MINIMUM_ROUNDS: usize = 5;

/// A request to stop, from any thread at any time. What was measured so far is kept.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

/// Wraps a flag that other code sets, such as a signal handler.
impl From<Arc<AtomicBool>> for Interrupt {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Interrupt {
    /// Asks the measurement to stop after the current sample.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was requested.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How samples are taken.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Samples of each arm.
    pub rounds: u32,
    /// The wanted length of a sample.
    pub sample: Duration,
    /// The seed of the order of the arms within each round.
    pub seed: u64,
}

impl Plan {
    /// The plan with a `divisor`-th of the rounds, but at least `least`.
    pub fn thinned(self, divisor: u32, least: u32) -> Self {
        Self { rounds: (self.rounds / divisor).max(least), ..self }
    }

    /// The time for all samples of `arms` arms, the sizing of their batches included.
    pub fn duration(&self, arms: usize) -> Duration {
        self.sample * (self.rounds + SIZING) * arms as u32
    }

    /// The time for all samples if an earlier laying has sized the batches. One batch of each arm warms it up.
    pub fn duration_again(&self, arms: usize) -> Duration {
        self.sample * (self.rounds + 1) * arms as u32
    }
}

/// Runs a batch of the given number of units and returns its time. The arm decides what it times: preparations and checks
/// stay outside.
pub type Batch<'a> = Box<dyn FnMut(u64) -> Result<Duration, LabError> + 'a>;

/// One of the things compared.
pub struct Arm<'a> {
    /// Its name within the comparison.
    pub name: String,
    /// How many operations (accesses, calls) a unit of a batch performs.
    pub per_unit: u64,
    /// Runs a batch.
    pub batch: Batch<'a>,
}

impl fmt::Debug for Arm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arm").field("name", &self.name).field("per_unit", &self.per_unit).finish_non_exhaustive()
    }
}

/// The samples of one arm. Sample *i* of every arm of a comparison belongs to the same round.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The name of the arm.
    pub name: String,
    /// How many operations a sample timed.
    pub batch: u64,
    /// The samples: nanoseconds per operation.
    pub samples: Vec<f64>,
}

/// Samples all arms, a round at a time. After an interrupt it returns the complete rounds, perhaps none.
pub fn interleave(arms: &mut [Arm<'_>], plan: &Plan, interrupt: &Interrupt) -> Result<Vec<Series>, LabError> {
    interleave_watched(arms, plan, &[], interrupt, &mut |_| {})
}

/// Samples all arms as [`interleave`] does, and reports progress: each call of `advance` adds a part of the plan's duration.
///
/// `earlier` holds the batches of the same arms in an earlier laying, and is empty in the first. They are reused.
pub fn interleave_watched(
    arms: &mut [Arm<'_>],
    plan: &Plan,
    earlier: &[u64],
    interrupt: &Interrupt,
    advance: &mut dyn FnMut(Duration),
) -> Result<Vec<Series>, LabError> {
    let mut units = Vec::with_capacity(arms.len());
    for (index, arm) in arms.iter_mut().enumerate() {
        let (sized, samples) = match earlier.get(index).map(|batch| batch / arm.per_unit) {
            Some(units) => ((arm.batch)(units).map(|_| units)?, 1),
            None => (size_batch(arm, plan.sample)?, SIZING),
        };
        units.push(sized);
        advance(plan.sample * samples);
    }
    let mut series: Vec<Series> = arms
        .iter()
        .zip(&units)
        .map(|(arm, units)| Series { name: arm.name.clone(), batch: units * arm.per_unit, samples: Vec::new() })
        .collect();
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut order: Vec<usize> = (0..arms.len()).collect();
    for _ in 0..plan.rounds {
        random.shuffle(&mut order);
        let mut round = vec![0.0; arms.len()];
        for &index in &order {
            if interrupt.requested() {
                return Ok(series);
            }
            let took = (arms[index].batch)(units[index])?;
            round[index] = took.as_nanos() as f64 / (units[index] * arms[index].per_unit) as f64;
        }
        for (series, sample) in series.iter_mut().zip(round) {
            series.samples.push(sample);
        }
        advance(plan.sample * series.len() as u32);
    }
    Ok(series)
}

/// Finds how many units make a sample of the wanted length. Doubles the units until the length is in reach, and then
/// scales. The trials also warm the arm up.
fn size_batch(arm: &mut Arm<'_>, wanted: Duration) -> Result<u64, LabError> {
    let longest = wanted * PATIENCE;
    let mut units = 1;
    loop {
        let enough = |trial: Trial| trial.timed * 2 >= wanted || units >= MOST_UNITS || trial.total * 2 >= longest;
        let mut trial = Trial::run(arm, units)?;
        // A disturbed trial seems long enough too early.
        for _ in 1..TRIALS {
            if !enough(trial) {
                break;
            }
            trial = trial.shorter(Trial::run(arm, units)?);
        }
        if enough(trial) {
            let to_wanted = wanted.as_secs_f64() / trial.timed.max(wanted / 2).as_secs_f64();
            let to_longest = longest.as_secs_f64() / trial.total.as_secs_f64().max(f64::MIN_POSITIVE);
            return Ok((units as f64 * to_wanted.min(to_longest)).round().max(1.0) as u64);
        }
        units *= 2;
    }
}

/// One trial of a batch.
#[derive(Debug, Clone, Copy)]
struct Trial {
    /// The timed part.
    timed: Duration,
    /// All of it, with preparations and checks.
    total: Duration,
}

impl Trial {
    fn run(arm: &mut Arm<'_>, units: u64) -> Result<Self, LabError> {
        let start = Instant::now();
        let timed = (arm.batch)(units)?;
        Ok(Self { timed, total: start.elapsed() })
    }

    /// The shorter times of two trials. If a batch times the difference of two calls, the shorter one may be too short;
    /// that only makes the batches longer.
    fn shorter(self, other: Self) -> Self {
        Self { timed: self.timed.min(other.timed), total: self.total.min(other.total) }
    }
}

/// How many trials a batch gets once it seems long enough.
const TRIALS: u32 = 3;

/// The cost of sizing a batch, in samples: one for all the doubling, and three for the last size.
const SIZING: u32 = 4;

/// The largest batch: an arm this fast has nothing to measure, and a call would run out of gas.
const MOST_UNITS: u64 = 1 << 20;

/// The longest total time of a batch, as a multiple of the wanted length. The timed part may never reach the wanted length if
/// a batch times the difference of two calls that hardly differ, or prepares much outside the time. The sample is then short,
/// and carries a warning if it is short against the step of the clock.
const PATIENCE: u32 = 4;
