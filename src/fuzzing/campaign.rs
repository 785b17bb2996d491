//! Many scenarios, one after another, until one fails or the time is over.

use std::panic::{self, AssertUnwindSafe};
use std::str::FromStr;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;

use super::decode;
use super::oracle::{Disagreement, Oracle, Reached};
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
    /// Modules that are nearly right: whatever is valid can be prepared.
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
    pub reached: Reached,
    /// What was found, if anything.
    pub finding: Option<Finding>,
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
                Err(error) => finding = Some(self.finding(number, &scenario, error.to_string())?),
            }
        }
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached, finding })
    }

    /// What is too dear to be asked of every scenario.
    fn now_and_then(&self, oracle: &mut Oracle, scenario: &Scenario, number: u64) -> Result<(), Disagreement> {
        let failed = |what| Disagreement { transaction: scenario.transactions.len(), what };
        if number.is_multiple_of(CHECK_EVERY) {
            let report = oracle.check().map_err(|error| failed(error.to_string()))?;
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
        let (mut number, mut finding) = (0, None);
        while finding.is_none() && !self.is_over(number, begun, stop) {
            let input = nearly(&examples, &bytes_of(self.seed, number));
            let came = panic::catch_unwind(AssertUnwindSafe(|| match self.target {
                Target::Prepare => decode::wasm(&input),
                _ => decode::decode(&input),
            }));
            match came.unwrap_or_else(|_| Err("it panics".to_owned())) {
                Ok(()) => number += 1,
                Err(what) => finding = Some(Finding { number, what, input, alone: true }),
            }
        }
        Ok(Summary { scenarios: number, elapsed: begun.elapsed(), reached: Reached::default(), finding })
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
