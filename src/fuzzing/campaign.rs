//! Many scenarios, one after another, until one fails or the time is over.

use std::str::FromStr;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;

use super::decode;
use super::oracle::{Disagreement, Oracle, Reached};
use super::panics::{caught, quietly};
use super::prepare::{self, PrepareReached};
use super::script::{Scenario, Taste};
use super::{pseudo_random, shrink};
use crate::exec::Error;
use crate::paging::PagerKind;

/// What is fuzzed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// Scenarios of everything under every pager in step, against the model.
    #[default]
    PagersAgree,
    /// Calls inside calls inside calls.
    Reentry,
    /// The same script with mapped accesses, with slices and with windows.
    MappedVsSlices,
    /// Random modules, and some that are nearly right: prepared with every kind of checks they do what they did.
    Prepare,
    /// Every decoder on bytes that are nearly right.
    Decode,
}

/// No target of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no target {name:?}: it should be one of {}", Target::ALL.map(Target::name).join(", "))]
pub struct UnknownTarget {
    /// What was asked for.
    pub name: String,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::PagersAgree, Self::Reentry, Self::MappedVsSlices, Self::Prepare, Self::Decode];

    /// Its name, which is that of the target in `fuzz/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PagersAgree => "pagers_agree",
            Self::Reentry => "reentry",
            Self::MappedVsSlices => "mapped_vs_slices",
            Self::Prepare => "prepare",
            Self::Decode => "decode",
        }
    }

    /// The taste of its scenarios, if that is what it runs.
    pub fn taste(self) -> Option<Taste> {
        match self {
            Self::PagersAgree => Some(Taste::ANYTHING),
            Self::Reentry => Some(Taste::REENTRY),
            Self::MappedVsSlices => Some(Taste::MAPPED),
            Self::Prepare | Self::Decode => None,
        }
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Self, UnknownTarget> {
        Self::ALL
            .into_iter()
            .find(|target| target.name() == name)
            .ok_or_else(|| UnknownTarget { name: name.to_owned() })
    }
}

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
    /// Nothing that could be counted.
    None,
}

impl Counts {
    /// All counts with their names.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        match self {
            Self::Scenarios(reached) => reached.counts().into_iter().collect(),
            Self::Prepare(reached) => reached.counts(),
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
        let (mut reached, mut number, mut finding) = (PrepareReached::default(), 0, None);
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
        let reached = if self.target == Target::Prepare { Counts::Prepare(reached) } else { Counts::None };
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// What random bytes stand for. Every fourth module is one that is nearly right.
    fn input(&self, examples: &[Vec<u8>], number: u64, bytes: &[u8]) -> Vec<u8> {
        if self.target == Target::Prepare && !number.is_multiple_of(4) {
            prepare::module(&mut Unstructured::new(bytes)).unwrap_or_default()
        } else {
            nearly(examples, bytes)
        }
    }

    fn attempt_input(&self, input: &[u8]) -> Result<PrepareReached, String> {
        match self.target {
            Target::Prepare => prepare::prepared_does_the_same(input),
            _ => caught(|| decode::decode(input)).and_then(|came| came).map(|()| PrepareReached::default()),
        }
    }

    /// What the fewest random bytes stand for that fail: generators make small things of few bytes.
    fn smallest_input(&self, examples: &[Vec<u8>], number: u64, bytes: &[u8], what: String) -> Finding {
        let mut lengths = (4..).map(|step: u32| step * step).take_while(|length| (*length as usize) < bytes.len());
        let smaller = lengths.find_map(|length| {
            let input = self.input(examples, number, &bytes[..length as usize]);
            self.attempt_input(&input).err().map(|what| (input, what))
        });
        let (input, what) = smaller.unwrap_or_else(|| (self.input(examples, number, bytes), what));
        Finding { number, what, input, alone: true }
    }
}

/// An example with some bytes changed, or random bytes alone.
fn nearly(examples: &[Vec<u8>], bytes: &[u8]) -> Vec<u8> {
    let mut u = Unstructured::new(bytes);
    let mut make = || -> arbitrary::Result<Vec<u8>> {
        if u.ratio(1, 4)? {
            return Ok(u.bytes(u.len().min(300))?.to_vec());
        }
        let mut input = u.choose(examples)?.clone();
        for _ in 0..u.int_in_range(0..=8)? {
            let at = u.choose_index(input.len().max(1))?;
            match u.int_in_range(0..=3)? {
                0 => input.truncate(at),
                1 => input.insert(at.min(input.len()), u.arbitrary()?),
                2 if at < input.len() => drop(input.remove(at)),
                _ if at < input.len() => input[at] = u.arbitrary()?,
                _ => {}
            }
        }
        Ok(input)
    };
    make().unwrap_or_default()
}
