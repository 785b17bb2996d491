//! A campaign: many scenarios from one seed, until one fails or the time is over.

use std::time::{Duration, Instant};

use arbitrary::Unstructured;

use super::decode;
use super::oracle::{Disagreement, Oracle, Reached};
use super::panics::{caught, quietly};
use super::prepare::{self, PrepareReached};
use super::script::{ParseError, Profile, Scenario};
use super::store::{StoreReached, StoreSteps};
use super::target::Target;
use super::{pseudo_random, shrink};
use crate::paging::PagerKind;
use crate::vm::Error;

/// A campaign, before it runs.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// The target to fuzz.
    pub target: Target,
    /// The seed of all random bytes.
    pub seed: u64,
    /// The pagers to compare.
    pub pagers: Vec<PagerKind>,
    /// The greatest number of scenarios or inputs to run.
    pub runs: Option<u64>,
    /// The time limit. Shrinking a finding is not included.
    pub time: Option<Duration>,
}

/// The result of a campaign.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The number of scenarios or inputs that ran to their end.
    pub scenarios: u64,
    /// The time of these runs, without compilation.
    pub elapsed: Duration,
    /// How often the runs reached each situation.
    pub reached: Counts,
    /// The failure that ended the campaign.
    pub finding: Option<Finding>,
}

/// How often the runs reached each situation. Each kind of target has counts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// Counts of scenarios.
    Scenarios(Reached),
    /// Counts of prepared modules.
    Prepare(PrepareReached),
    /// Counts of steps of a store.
    Store(StoreReached),
    /// The target counts nothing.
    None,
}

impl Counts {
    /// Adds the counts of another input of the same target.
    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Scenarios(all), Self::Scenarios(more)) => all.add(more),
            (Self::Prepare(all), Self::Prepare(more)) => all.add(more),
            (Self::Store(all), Self::Store(more)) => all.add(more),
            (all, more) => *all = more.clone(),
        }
    }

    /// Returns all counts with their names.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        match self {
            Self::Scenarios(reached) => reached.counts().into_iter().collect(),
            Self::Prepare(reached) => reached.counts(),
            Self::Store(reached) => reached.counts(),
            Self::None => Vec::new(),
        }
    }
}

/// A failure that a campaign found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The number of the scenario or input, from 0.
    pub number: u64,
    /// The failure, in words.
    pub what: String,
    /// The smallest failing input that shrinking found: the text of a scenario or of steps, or bytes.
    pub input: Vec<u8>,
    /// True if the input also fails in a new VM, without the scenarios before it.
    pub alone: bool,
}

/// The number of random bytes for each scenario.
const BYTES: usize = 3_000;

/// One scenario in `FRESH_EVERY` also runs in a new VM. After one in `CHECK_EVERY` the store is checked.
const FRESH_EVERY: u64 = 4_000;
const CHECK_EVERY: u64 = 32;

/// Returns the bytes of a scenario. They depend on `seed` and `number` alone, so any scenario can be made without the others.
fn bytes_of(seed: u64, number: u64) -> Vec<u8> {
    pseudo_random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number), BYTES)
}

impl Campaign {
    /// Runs the campaign until it finds a failure, a limit is reached, or `stop` returns true.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> Result<Summary, Error> {
        match self.target.profile() {
            Some(profile) => self.scenarios(profile, stop),
            None => self.inputs(stop),
        }
    }

    fn is_over(&self, number: u64, begun: Instant, stop: &dyn Fn() -> bool) -> bool {
        self.runs.is_some_and(|runs| number >= runs) || self.time.is_some_and(|time| begun.elapsed() >= time) || stop()
    }

    /// Runs a scenario the way the target asks for.
    pub fn attempt(&self, oracle: &mut Oracle, scenario: &Scenario) -> Result<Reached, Disagreement> {
        match self.target {
            Target::MappedVsSlices => oracle.mapped_vs_slices(scenario),
            _ => oracle.pagers_agree(scenario),
        }
    }

    fn scenarios(&self, profile: Profile, stop: &dyn Fn() -> bool) -> Result<Summary, Error> {
        let mut oracle = Oracle::with_pagers(self.pagers.iter().copied())?;
        // The first run compiles the interpreter.
        let _ = oracle.pagers_agree(&Scenario { transactions: vec![Default::default()] });
        let begun = Instant::now();
        let (mut reached, mut number, mut finding) = (Reached::default(), 0, None);
        while finding.is_none() && !self.is_over(number, begun, stop) {
            let bytes = bytes_of(self.seed, number);
            // Too few bytes make a small scenario, not an error.
            let scenario = profile.scenario(&mut Unstructured::new(&bytes)).unwrap_or_default();
            match self.attempt(&mut oracle, &scenario).and_then(|reached| {
                self.extra_checks(&mut oracle, &scenario, number)?;
                Ok(reached)
            }) {
                Ok(counts) => {
                    reached.add(&counts);
                    number += 1;
                }
                Err(error) => finding = Some(quietly(|| self.finding(number, &scenario, error.to_string()))?),
            }
        }
        let reached = Counts::Scenarios(reached);
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// Runs the checks that are too expensive for every scenario, if it is the turn of this `number`.
    fn extra_checks(&self, oracle: &mut Oracle, scenario: &Scenario, number: u64) -> Result<(), Disagreement> {
        let failed = |what| Disagreement { transaction: scenario.transactions.len(), what };
        if number.is_multiple_of(CHECK_EVERY) {
            let report = caught(|| oracle.check()).map_err(failed)?.map_err(|error| failed(error.to_string()))?;
            if !report.problems.is_empty() {
                return Err(failed(format!("the check of the store finds {:?}", report.problems)));
            }
        }
        if number % FRESH_EVERY == 500 { oracle.as_in_a_fresh_vm(scenario) } else { Ok(()) }
    }

    /// Shrinks a failing scenario.
    fn finding(&self, number: u64, scenario: &Scenario, what: String) -> Result<Finding, Error> {
        let mut oracle = Oracle::with_pagers(self.pagers.iter().copied())?;
        let first = self.attempt(&mut oracle, scenario).and_then(|_| self.extra_checks(&mut oracle, scenario, 0));
        let Err(_) = first else {
            let text = scenario.to_string();
            return Ok(Finding { number, what, input: text.into_bytes(), alone: false });
        };
        let mut fails = |candidate: &Scenario| {
            self.attempt(&mut oracle, candidate).and_then(|_| self.extra_checks(&mut oracle, candidate, 0)).is_err()
        };
        let small = shrink(scenario, &mut fails);
        let mut fresh = Oracle::with_pagers(self.pagers.iter().copied())?;
        let again = self.attempt(&mut fresh, &small).and_then(|_| self.extra_checks(&mut fresh, &small, 0));
        let (alone, what) = match again {
            Ok(()) => (false, what),
            Err(error) => (true, error.to_string()),
        };
        // A scenario that fails only after others is not shrunk.
        let shown = if alone { &small } else { scenario };
        Ok(Finding { number, what, input: shown.to_string().into_bytes(), alone })
    }

    fn inputs(&self, stop: &dyn Fn() -> bool) -> Result<Summary, Error> {
        let examples = decode::examples()?;
        let begun = Instant::now();
        let (mut reached, mut number, mut finding) = (Counts::None, 0, None);
        while finding.is_none() && !self.is_over(number, begun, stop) {
            let bytes = bytes_of(self.seed, number);
            match self.attempt_input(&self.input(&examples, number, &bytes)) {
                Ok(counts) => {
                    reached.add(&counts);
                    number += 1;
                }
                Err(what) => finding = Some(quietly(|| self.smallest_input(&examples, number, &bytes, what))),
            }
        }
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// Makes an input from random bytes. One module in four is a valid one with a few bytes changed.
    fn input(&self, examples: &[Vec<u8>], number: u64, bytes: &[u8]) -> Vec<u8> {
        match self.target {
            Target::Store => StoreSteps::of_bytes(bytes).to_string().into_bytes(),
            Target::Prepare if !number.is_multiple_of(4) => {
                prepare::module(&mut Unstructured::new(bytes)).unwrap_or_default()
            }
            _ => decode::nearly(examples, bytes),
        }
    }

    fn attempt_input(&self, input: &[u8]) -> Result<Counts, String> {
        match self.target {
            Target::Prepare => prepare::prepared_does_the_same(input).map(Counts::Prepare),
            Target::Store => steps_of_text(input)?.run().map(Counts::Store),
            _ => caught(|| decode::decode(input)).and_then(|result| result).map(|()| Counts::None),
        }
    }

    /// Shrinks a failing input: tries the inputs that fewer random bytes make, as generators make small inputs from few bytes.
    fn smallest_input(&self, examples: &[Vec<u8>], number: u64, bytes: &[u8], what: String) -> Finding {
        let mut lengths = (4..).map(|step: u32| step * step).take_while(|length| (*length as usize) < bytes.len());
        let smaller = lengths.find_map(|length| {
            let input = self.input(examples, number, &bytes[..length as usize]);
            self.attempt_input(&input).err().map(|what| (input, what))
        });
        let (mut input, mut what) = smaller.unwrap_or_else(|| (self.input(examples, number, bytes), what));
        if self.target == Target::Store
            && let Ok(steps) = steps_of_text(&input)
        {
            let small = steps.shrink(|candidate| candidate.run().is_err());
            what = small.run().err().unwrap_or(what);
            input = small.to_string().into_bytes();
        }
        Finding { number, what, input, alone: true }
    }
}

/// Parses steps of a store. They are passed around as the text that a finding saves.
fn steps_of_text(text: &[u8]) -> Result<StoreSteps, String> {
    String::from_utf8_lossy(text).parse().map_err(|error: ParseError| error.to_string())
}
