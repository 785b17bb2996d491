//! A finding is carried out again, smaller and smaller, as long as it breaks the same.

use std::time::{Duration, Instant};

use super::attempts::{Finding, Search};
use super::error::SearchError;
use super::judge::Judge;
use super::sequence::Step;
use super::shrink;
use crate::receipt::{Receipt, Status};

/// Sequences tried to make a finding smaller, at most.
const MOST_SHRINKING: usize = 20_000;

/// And how long that may take.
const LONGEST_SHRINKING: Duration = Duration::from_secs(10);

impl Search {
    /// Makes a finding as small as it can be, which may take seconds.
    ///
    /// # Errors
    /// A store or a virtual machine that fails.
    pub fn smallest(&self, finding: Finding) -> Result<Finding, SearchError> {
        let mut smaller =
            Smaller { search: self, finding, left: MOST_SHRINKING, until: Instant::now() + LONGEST_SHRINKING };
        while smaller.shorter()? || smaller.simpler()? || smaller.in_pairs()? {}
        Ok(smaller.finding)
    }

    /// What comes of a finding's transactions.
    pub fn receipts(&self, finding: &Finding) -> Result<Vec<Receipt>, SearchError> {
        self.world.restart();
        let mut receipts = Vec::new();
        for (at, step) in finding.steps.iter().enumerate() {
            let now = self.world.moment(&finding.steps[..=at]);
            receipts.extend(self.world.carry_out(step, now)?.map(|(receipt, _)| receipt));
        }
        Ok(receipts)
    }

    /// Carries out a sequence from the start, up to where it breaks what a judge looks after. Steps that leave nothing behind
    /// are not part of what is found.
    pub(super) fn breaks(&self, steps: &[Step], judge: &Judge) -> Result<Option<Finding>, SearchError> {
        self.world.restart();
        let mut effective: Vec<Step> = Vec::new();
        let mut passed: u64 = 0;
        for step in steps {
            passed = passed.saturating_add(step.blocks);
            effective.push(Step { blocks: passed, ..step.clone() });
            let now = self.world.moment(&effective);
            let done = self.world.carry_out(step, now)?;
            let Some((_, trace)) = done.filter(|(receipt, _)| receipt.status == Status::Returned) else {
                effective.pop();
                continue;
            };
            passed = 0;
            if let Some(broken) = self.world.verdict(&trace, now)? {
                return Ok((broken.judge == *judge).then_some(Finding { steps: effective, broken }));
            }
        }
        Ok(None)
    }
}

/// A finding on its way to a smaller one. Each way to go on says whether it has led anywhere.
struct Smaller<'a> {
    search: &'a Search,
    finding: Finding,
    /// Sequences that may be tried yet.
    left: usize,
    until: Instant,
}

impl Smaller<'_> {
    /// Fewer transactions.
    fn shorter(&mut self) -> Result<bool, SearchError> {
        let steps = self.finding.steps.clone();
        self.first_that_breaks(shrink::shorter(&steps))
    }

    /// One change in each transaction, as long as there is one.
    fn simpler(&mut self) -> Result<bool, SearchError> {
        let (mut at, mut any) = (0, false);
        while at < self.finding.steps.len() {
            let steps = self.finding.steps.clone();
            let simpler = shrink::simpler_steps(&steps[at]).into_iter().map(|step| {
                let mut steps = steps.clone();
                steps[at] = step;
                steps
            });
            match self.first_that_breaks(simpler)? {
                true => any = true,
                false => at += 1,
            }
        }
        Ok(any)
    }

    /// Two numbers at once.
    fn in_pairs(&mut self) -> Result<bool, SearchError> {
        let steps = self.finding.steps.clone();
        self.first_that_breaks(shrink::in_pairs(&steps))
    }

    /// Goes on from the first of some candidates that breaks the same.
    fn first_that_breaks(&mut self, candidates: impl Iterator<Item = Vec<Step>>) -> Result<bool, SearchError> {
        for steps in candidates.filter(|steps| !steps.is_empty()) {
            if self.left == 0 || Instant::now() > self.until {
                return Ok(false);
            }
            self.left -= 1;
            if let Some(found) = self.search.breaks(&steps, &self.finding.broken.judge)? {
                self.finding = found;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
