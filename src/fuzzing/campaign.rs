//! Many scenarios, one after another, until one fails or the time is over.

use std::time::{Duration, Instant};

use arbitrary::Unstructured;

use super::decode;
use super::oracle::{Disagreement, Oracle, Reached};
use super::panics::{caught, quietly};
use super::prepare::{self, PrepareReached};
use super::script::{ParseError, Scenario, Taste};
use super::store::{StoreReached, StoreSteps};
use super::target::Target;
use super::{pseudo_random, shrink};
use crate::paging::PagerKind;
use crate::vm::Error;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// What is fuzzed.
    pub target: Target,
    /// Where its random bytes come from.
    pub seed: u64,
    /// The pagers that are compared.
    pub pagers: Vec<PagerKind>,
    /// Runs at most.
    pub runs: Option<u64>,
    /// How long it may take, without making smaller what was found.
    pub time: Option<Duration>,
}

/// What a campaign came to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Scenarios, or inputs, that were run to their end.
    pub scenarios: u64,
    /// How long that took, compilation left out.
    pub elapsed: Duration,
    /// What they reached.
    pub reached: Counts,
    /// What was found, if anything.
    pub finding: Option<Finding>,
}

/// What was reached, by target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// By scenarios.
    Scenarios(Reached),
    /// By modules.
    Prepare(PrepareReached),
    /// By sequences of what is done to a store.
    Store(StoreReached),
    /// Nothing that could be counted.
    None,
}

impl Counts {
    /// Adds what another input of the same target has reached.
    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Scenarios(all), Self::Scenarios(more)) => all.add(more),
            (Self::Prepare(all), Self::Prepare(more)) => all.add(more),
            (Self::Store(all), Self::Store(more)) => all.add(more),
            (all, more) => *all = more.clone(),
        }
    }

    /// All counts with their names.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        match self {
            Self::Scenarios(reached) => reached.counts().into_iter().collect(),
            Self::Prepare(reached) => reached.counts(),
            Self::Store(reached) => reached.counts(),
            Self::None => Vec::new(),
        }
    }
}

/// A failure.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The number of the scenario or input, from 0.
    pub number: u64,
    /// What is wrong.
    pub what: String,
    /// What fails, as small as it can be: the text of a scenario, or an input.
    pub input: Vec<u8>,
    /// Whether a virtual machine that has run nothing before fails too.
    pub alone: bool,
}

/// Random bytes of a scenario.
const BYTES: usize = 3_000;

/// So often a scenario is run in a fresh virtual machine too, and the store is checked.
const FRESH_EVERY: u64 = 4_000;
const CHECK_EVERY: u64 = 32;

/// Each scenario's bytes come from a seed of its own, so that any can be had without those before it.
fn bytes_of(seed: u64, number: u64) -> Vec<u8> {
    pseudo_random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number), BYTES)
}

impl Campaign {
    /// Runs it until something is found, the time is over, or somebody says stop.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> Result<Summary, Error> {
        match self.target.taste() {
            Some(taste) => self.scenarios(taste, stop),
            None => self.inputs(stop),
        }
    }

    fn is_over(&self, number: u64, begun: Instant, stop: &dyn Fn() -> bool) -> bool {
        self.runs.is_some_and(|runs| number >= runs) || self.time.is_some_and(|time| begun.elapsed() >= time) || stop()
    }

    /// Runs a scenario as the target has it.
    pub fn attempt(&self, oracle: &mut Oracle, scenario: &Scenario) -> Result<Reached, Disagreement> {
        match self.target {
            Target::MappedVsSlices => oracle.mapped_vs_slices(scenario),
            _ => oracle.pagers_agree(scenario),
        }
    }

    fn scenarios(&self, taste: Taste, stop: &dyn Fn() -> bool) -> Result<Summary, Error> {
        let mut oracle = Oracle::with_pagers(self.pagers.iter().copied())?;
        // The first run compiles the interpreter.
        let _ = oracle.pagers_agree(&Scenario { transactions: vec![Default::default()] });
        let begun = Instant::now();
        let (mut reached, mut number, mut finding) = (Reached::default(), 0, None);
        while finding.is_none() && !self.is_over(number, begun, stop) {
            let bytes = bytes_of(self.seed, number);
            // Bytes that run out make a small scenario, never none.
            let scenario = taste.scenario(&mut Unstructured::new(&bytes)).unwrap_or_default();
            match self.attempt(&mut oracle, &scenario).and_then(|reached| {
                self.now_and_then(&mut oracle, &scenario, number)?;
                Ok(reached)
            }) {
                Ok(came) => {
                    reached.add(&came);
                    number += 1;
                }
                Err(error) => finding = Some(quietly(|| self.finding(number, &scenario, error.to_string()))?),
            }
        }
        let reached = Counts::Scenarios(reached);
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// What is too dear to be asked of every scenario.
    fn now_and_then(&self, oracle: &mut Oracle, scenario: &Scenario, number: u64) -> Result<(), Disagreement> {
        let failed = |what| Disagreement { transaction: scenario.transactions.len(), what };
        if number.is_multiple_of(CHECK_EVERY) {
            let report = caught(|| oracle.check()).map_err(failed)?.map_err(|error| failed(error.to_string()))?;
            if !report.problems.is_empty() {
                return Err(failed(format!("the check of the store finds {:?}", report.problems)));
            }
        }
        if number % FRESH_EVERY == 500 { oracle.as_in_a_fresh_vm(scenario) } else { Ok(()) }
    }

    /// Makes a scenario that fails small.
    fn finding(&self, number: u64, scenario: &Scenario, what: String) -> Result<Finding, Error> {
        let mut oracle = Oracle::with_pagers(self.pagers.iter().copied())?;
        let first = self.attempt(&mut oracle, scenario).and_then(|_| self.now_and_then(&mut oracle, scenario, 0));
        let Err(_) = first else {
            let text = scenario.to_string();
            return Ok(Finding { number, what, input: text.into_bytes(), alone: false });
        };
        let mut fails = |candidate: &Scenario| {
            self.attempt(&mut oracle, candidate).and_then(|_| self.now_and_then(&mut oracle, candidate, 0)).is_err()
        };
        let small = shrink(scenario, &mut fails);
        let mut fresh = Oracle::with_pagers(self.pagers.iter().copied())?;
        let again = self.attempt(&mut fresh, &small).and_then(|_| self.now_and_then(&mut fresh, &small, 0));
        let (alone, what) = match again {
            Ok(()) => (false, what),
            Err(error) => (true, error.to_string()),
        };
        // What fails only after others is given whole.
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
                Ok(came) => {
                    reached.add(&came);
                    number += 1;
                }
                Err(what) => finding = Some(quietly(|| self.smallest_input(&examples, number, &bytes, what))),
            }
        }
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// What random bytes stand for. Every fourth module is one that is nearly right.
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
            _ => caught(|| decode::decode(input)).and_then(|came| came).map(|()| Counts::None),
        }
    }

    /// What the fewest random bytes stand for that fail: generators make small things of few bytes.
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

/// The steps of a store are handed on as the text that is saved of them.
fn steps_of_text(text: &[u8]) -> Result<StoreSteps, String> {
    String::from_utf8_lossy(text).parse().map_err(|error: ParseError| error.to_string())
}
