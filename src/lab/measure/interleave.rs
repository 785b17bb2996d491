//! Interleaved sampling.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::lab::LabError;

/// Rounds of arms laid once below which nothing is said of a comparison: an interval of four samples is a guess.
pub const MINIMUM_ROUNDS: usize = 5;

/// A request to stop, which may come at any time from another thread. What was measured until then is kept.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

/// A flag that somebody else sets, as a handler of signals does.
impl From<Arc<AtomicBool>> for Interrupt {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Interrupt {
    /// Asks whoever measures to stop after the sample at hand.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How samples are taken.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many samples of each arm.
    pub rounds: u32,
    /// How long a sample should be.
    pub sample: Duration,
    /// Decides the order of the arms within each round.
    pub seed: u64,
}

impl Plan {
    /// The same with one of so many rounds, but not fewer than the least.
    pub fn thinned(self, by: u32, least: u32) -> Self {
        Self { rounds: (self.rounds / by).max(least), ..self }
    }

    /// How long the samples of that many arms are, the sizing of the batches included.
    pub fn duration(&self, arms: usize) -> Duration {
        self.sample * (self.rounds + SIZING) * arms as u32
    }

    /// How long they are where the batches of an earlier laying are known: one of each arm warms up what there is to warm up.
    pub fn duration_again(&self, arms: usize) -> Duration {
        self.sample * (self.rounds + 1) * arms as u32
    }
}

/// Runs a batch of that many units and says how long they took. What is timed is the arm's own business: preparations
/// and checks stay outside.
pub type Batch<'a> = Box<dyn FnMut(u64) -> Result<Duration, LabError> + 'a>;

/// One of the things compared.
pub struct Arm<'a> {
    /// Its name within the comparison.
    pub name: String,
    /// How many of what is counted (accesses, calls) one unit of a batch does.
    pub per_unit: u64,
    /// Runs it.
    pub batch: Batch<'a>,
}

impl fmt::Debug for Arm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arm").field("name", &self.name).field("per_unit", &self.per_unit).finish_non_exhaustive()
    }
}

/// The samples of one arm. Sample *i* of every arm of a comparison is of the same round.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The arm.
    pub name: String,
    /// How many of what is counted one sample timed.
    pub batch: u64,
    /// Nanoseconds for one of what is counted.
    pub samples: Vec<f64>,
}

/// Samples all arms, a round at a time. Interrupted, it gives the whole rounds that there are, perhaps none.
pub fn interleave(arms: &mut [Arm<'_>], plan: &Plan, interrupt: &Interrupt) -> Result<Vec<Series>, LabError> {
    interleave_watched(arms, plan, &[], interrupt, &mut |_| {})
}

/// As [`interleave`], and tells on the way how much more of the plan's duration is done. What the batches of the same arms
/// were in an earlier laying, if there was one, they are again.
pub fn interleave_watched(
    arms: &mut [Arm<'_>],
    plan: &Plan,
    earlier: &[u64],
    interrupt: &Interrupt,
    done: &mut dyn FnMut(Duration),
) -> Result<Vec<Series>, LabError> {
    let mut units = Vec::with_capacity(arms.len());
    for (index, arm) in arms.iter_mut().enumerate() {
        let (sized, took) = match earlier.get(index).map(|batch| batch / arm.per_unit) {
            Some(units) => ((arm.batch)(units).map(|_| units)?, 1),
            None => (size_batch(arm, plan.sample)?, SIZING),
        };
        units.push(sized);
        done(plan.sample * took);
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
        done(plan.sample * series.len() as u32);
    }
    Ok(series)
}

/// How many units make a sample of the wanted length: doubled until the length is in reach, then by proportion. Warms
/// up what there is to warm up.
fn size_batch(arm: &mut Arm<'_>, wanted: Duration) -> Result<u64, LabError> {
    let most = wanted * PATIENCE;
    let mut units = 1;
    loop {
        let enough = |tried: Tried| tried.took * 2 >= wanted || units >= MOST_UNITS || tried.waited * 2 >= most;
        let mut tried = Tried::once(arm, units)?;
        // One that was interrupted seems long enough too early.
        for _ in 1..TRIES {
            if !enough(tried) {
                break;
            }
            tried = tried.shorter(Tried::once(arm, units)?);
        }
        if enough(tried) {
            let wanted = wanted.as_secs_f64() / tried.took.max(wanted / 2).as_secs_f64();
            let bearable = most.as_secs_f64() / tried.waited.as_secs_f64().max(f64::MIN_POSITIVE);
            return Ok((units as f64 * wanted.min(bearable)).round().max(1.0) as u64);
        }
        units *= 2;
    }
}

/// What a batch took that was tried.
#[derive(Debug, Clone, Copy)]
struct Tried {
    /// Its own time.
    took: Duration,
    /// In all, with what is outside that time.
    waited: Duration,
}

impl Tried {
    fn once(arm: &mut Arm<'_>, units: u64) -> Result<Self, LabError> {
        let begun = Instant::now();
        let took = (arm.batch)(units)?;
        Ok(Self { took, waited: begun.elapsed() })
    }

    /// Where a batch is the difference of two calls the shorter one may be too short, which only makes the batches longer.
    fn shorter(self, other: Self) -> Self {
        Self { took: self.took.min(other.took), waited: self.waited.min(other.waited) }
    }
}

/// How often a batch is tried that seems long enough.
const TRIES: u32 = 3;

/// What sizing a batch takes, in samples: up to there as long as the last try, and that three times.
const SIZING: u32 = 4;

/// Units beyond which a batch is not doubled: an arm this fast has nothing in it to measure, and a call would run into
/// its gas.
const MOST_UNITS: u64 = 1 << 20;

/// How many times the wanted length a batch may take in all. Where it is the difference of two calls that hardly differ, or
/// much is prepared outside the time, its own time may never come near: the sample is short then, and carries a warning
/// where it is short against the clock.
const PATIENCE: u32 = 4;
