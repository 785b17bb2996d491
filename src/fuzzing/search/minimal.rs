//! Shrinking of findings. Each smaller sequence runs from the start, and counts if it breaks the same invariant.

use std::time::{Duration, Instant};

use super::attempts::{Finding, Search};
use super::error::SearchError;
use super::invariant::InvariantExport;
use super::sequence::Step;
use super::shrink;
use crate::receipt::{Receipt, Status};

/// The greatest number of sequences to try.
const MOST_SHRINKING: usize = 20_000;

/// The time limit.
const LONGEST_SHRINKING: Duration = Duration::from_secs(10);

impl Search {
    /// Shrinks a finding, for at most ten seconds.
    ///
    /// # Errors
    /// Returns an error if the store or the VM fails.
    pub fn smallest(&self, finding: Finding) -> Result<Finding, SearchError> {
        let mut smaller = Shrinker {
            search: self,
            finding,
            attempts_left: MOST_SHRINKING,
            until: Instant::now() + LONGEST_SHRINKING,
        };
        while smaller.shorter()? || smaller.simpler()? || smaller.in_pairs()? {}
        Ok(smaller.finding)
    }

    /// Runs a finding's transactions and returns their receipts.
    pub fn receipts(&self, finding: &Finding) -> Result<Vec<Receipt>, SearchError> {
        self.world.restart();
        let mut receipts = Vec::new();
        for (at, step) in finding.steps.iter().enumerate() {
            let now = self.world.moment(&finding.steps[..=at]);
            receipts.extend(self.world.run_step(step, now)?.map(|(receipt, _)| receipt));
        }
        Ok(receipts)
    }

    /// Runs a sequence from the start until an invariant breaks. Returns the finding if that is `export`. The finding leaves out
    /// steps without effects.
    pub(super) fn breaks(&self, steps: &[Step], export: &InvariantExport) -> Result<Option<Finding>, SearchError> {
        self.world.restart();
        let mut effective: Vec<Step> = Vec::new();
        let mut passed: u64 = 0;
        for step in steps {
            passed = passed.saturating_add(step.blocks);
            effective.push(Step { blocks: passed, ..step.clone() });
            let now = self.world.moment(&effective);
            let done = self.world.run_step(step, now)?;
            let Some((_, trace)) = done.filter(|(receipt, _)| receipt.status == Status::Returned) else {
                effective.pop();
                continue;
            };
            passed = 0;
            if let Some(broken) = self.world.verdict(&trace, now)? {
                return Ok((broken.export == *export).then_some(Finding { steps: effective, broken }));
            }
        }
        Ok(None)
    }
}

/// A finding that is being shrunk. Each method tries one kind of change, and returns true if it made the finding smaller.
struct Shrinker<'a> {
    search: &'a Search,
    finding: Finding,
    /// The number of sequences that may still be tried.
    attempts_left: usize,
    until: Instant,
}

impl Shrinker<'_> {
    /// Tries fewer transactions.
    fn shorter(&mut self) -> Result<bool, SearchError> {
        let steps = self.finding.steps.clone();
        self.first_that_breaks(shrink::shorter(&steps))
    }

    /// Simplifies each transaction as long as possible.
    fn simpler(&mut self) -> Result<bool, SearchError> {
        let (mut at, mut any) = (0, false);
        while at < self.finding.steps.len() {
            let steps = self.finding.steps.clone();
            let simpler = shrink::simpler_steps(&steps[at]).into_iter().map(|step| {
                let mut steps = steps.clone();
                steps[at] = step;
                steps
            });
            if self.first_that_breaks(simpler)? {
                any = true;
            } else {
                at += 1;
            }
        }
        Ok(any)
    }

    /// Tries changes of two numbers at once.
    fn in_pairs(&mut self) -> Result<bool, SearchError> {
        let steps = self.finding.steps.clone();
        self.first_that_breaks(shrink::in_pairs(&steps))
    }

    /// Replaces the finding by the first candidate that breaks the same invariant.
    fn first_that_breaks(&mut self, candidates: impl Iterator<Item = Vec<Step>>) -> Result<bool, SearchError> {
        for steps in candidates.filter(|steps| !steps.is_empty()) {
            if self.attempts_left == 0 || Instant::now() > self.until {
                return Ok(false);
            }
            self.attempts_left -= 1;
            if let Some(found) = self.search.breaks(&steps, &self.finding.broken.export)? {
                self.finding = found;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
