//! The search itself: what is tried next, what is kept of it, and what is found.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::error::SearchError;
use super::generate::Generator;
use super::judge::{Broken, Judge};
use super::reach::Reach;
use super::sequence::{Step, Target, Who};
use super::signals::{News, Seen};
use super::world::World;
use super::{dictionary, shrink};
use crate::exec::{HaltKind, Receipt, Status, Trace};
use crate::store::MemoryMark;
use crate::units::Gas;

/// How a search is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What the random choices come from.
    pub seed: u64,
    /// Whether it goes on from what has reached something new; if not, every sequence is made anew.
    pub guided: bool,
    /// Transactions of a sequence, at most; at least 1.
    pub longest: usize,
}

/// A sequence that breaks something, made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The transactions. The last of them breaks it.
    pub steps: Vec<Step>,
    /// What it breaks.
    pub broken: Broken,
}

/// A search.
#[derive(Debug)]
pub struct Search {
    world: World,
    generator: Generator,
    seen: Seen,
    kept: Vec<Kept>,
    options: Options,
    reach: Reach,
}

/// A sequence that has reached something new.
#[derive(Debug)]
struct Kept {
    steps: Vec<Step>,
    /// The states before and after its last step; nothing where the actors have changed since.
    states: Option<(MemoryMark, MemoryMark)>,
    /// Whether its last transaction returned; if not, both states are the same.
    returned: bool,
    /// How often the attacker was called in its last transaction.
    callbacks: usize,
    /// Whether it has shown a call that disturbs the one which it interrupts.
    clashes: bool,
    /// How often it was gone on from.
    chosen: u32,
}

/// Sequences that are compared when one is picked.
const CANDIDATES: usize = 4;

/// Sequences kept at most; the oldest make room.
const MOST_KEPT: usize = 4_096;

/// Sequences tried to make a finding smaller, at most.
const MOST_SHRINKING: usize = 20_000;

/// And how long that may take.
const LONGEST_SHRINKING: Duration = Duration::from_secs(10);

/// A sequence to try: the state it goes on from, and how many of its steps lead there.
struct Attempt {
    steps: Vec<Step>,
    done: usize,
    state: Option<MemoryMark>,
}

impl Search {
    /// A search that has tried nothing.
    pub fn new(world: World, options: Options) -> Result<Self, SearchError> {
        let mut numbers = BTreeSet::new();
        for subject in world.subjects() {
            numbers.extend(dictionary::constants(&world.vm().code(&subject.address)?));
        }
        let numbers = numbers.into_iter().collect();
        let is_judge = |contract, name: &str| world.is_judge(contract, name);
        let generator = Generator::new(options.seed, world.exports(), numbers, world.begins(), is_judge);
        if generator.is_empty() {
            return Err(SearchError::NothingToCall);
        }
        let options = Options { longest: options.longest.max(1), ..options };
        Ok(Self { world, generator, seen: Seen::default(), kept: Vec::new(), options, reach: Reach::default() })
    }

    /// The world that it works on.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What it has done so far.
    pub fn reach(&self) -> Reach {
        Reach { kept: self.kept.len(), signals: self.seen.len(), ..self.reach.clone() }
    }

    /// Tries one sequence. What it finds is made small, which may take seconds.
    pub fn attempt(&mut self) -> Result<Option<Finding>, SearchError> {
        self.reach.sequences += 1;
        let mut attempt = self.pick();
        loop {
            match self.carry_out(&attempt)? {
                Carried::Nothing => return Ok(None),
                Carried::Broken(finding) => return self.shrink(finding).map(Some),
                // The actors answer to more than they did: the same once more, from the start.
                Carried::Learned => attempt = Attempt { done: 0, state: None, ..attempt },
            }
        }
    }

    /// What to try next.
    fn pick(&mut self) -> Attempt {
        let longest = self.options.longest;
        if !self.options.guided || self.kept.is_empty() || self.generator.rng.u8(..8) == 0 {
            return Attempt { steps: self.generator.steps(longest), done: 0, state: None };
        }
        let at = self.pick_kept();
        self.kept[at].chosen += 1;
        let Kept { steps, states, returned, callbacks, .. } = &self.kept[at];
        let (mut steps, states, returned, callbacks) = (steps.clone(), states.clone(), *returned, *callbacks);
        let (before, after) = states.unzip();
        let from = |state: Option<MemoryMark>, done| if state.is_some() { (state, done) } else { (None, 0) };
        match self.generator.rng.u8(..8) {
            0 => {
                for _ in 0..1 + self.generator.rng.usize(..3) {
                    self.generator.change(&mut steps, longest);
                }
                Attempt { steps, done: 0, state: None }
            }
            1..=4 if returned && steps.len() < longest => {
                let (state, done) = from(after, steps.len());
                let more = self.generator.steps(longest - steps.len());
                steps.extend(more);
                Attempt { steps, done, state }
            }
            _ => {
                let (state, done) = from(before, steps.len() - 1);
                if let Some(last) = steps.last_mut() {
                    self.generator.vary(last, callbacks);
                }
                if steps.len() < longest && self.generator.rng.u8(..4) == 0 {
                    steps.push(self.generator.step());
                }
                Attempt { steps, done, state }
            }
        }
    }

    /// One of the sequences kept: rather one that was seldom gone on from, and in which calls clash.
    fn pick_kept(&mut self) -> usize {
        let rng = &mut self.generator.rng;
        let candidates = (0..CANDIDATES).map(|_| rng.usize(..self.kept.len()));
        let rank = |at: &usize| {
            let kept = &self.kept[*at];
            let worth = 1 + u32::from(kept.callbacks > 0) * 2 + u32::from(kept.clashes) * 4;
            (kept.chosen * 8 / worth, std::cmp::Reverse(*at))
        };
        candidates.min_by_key(rank).unwrap_or(0)
    }

    fn carry_out(&mut self, attempt: &Attempt) -> Result<Carried, SearchError> {
        match &attempt.state {
            Some(state) => self.world.go_to(state),
            None => self.world.restart(),
        }
        // Steps that leave nothing behind are not kept; but the time that passes with them passes for the next.
        let mut effective: Vec<Step> = attempt.steps[..attempt.done].to_vec();
        let mut passed: u64 = 0;
        for step in &attempt.steps[attempt.done..] {
            passed = step.blocks.saturating_add(passed);
            let step = Step { blocks: passed, ..step.clone() };
            let before = effective.last().cloned();
            effective.push(step);
            let step = &effective[effective.len() - 1];
            let now = self.world.moment(&effective);
            let mark = self.world.mark();
            let Some((receipt, trace)) = self.world.carry_out(step, now)? else {
                effective.pop();
                continue;
            };
            if self.world.learn(&trace)? {
                self.kept.iter_mut().for_each(|kept| kept.states = None);
                return Ok(Carried::Learned);
            }
            self.reach.count(&self.world, &trace);
            self.listen(&trace);
            let news = self.seen.transaction(&self.world, step, before.as_ref(), &trace);
            let returned = receipt.status == Status::Returned;
            if returned && let Some(broken) = self.world.verdict(&trace, now)? {
                return Ok(Carried::Broken(Finding { steps: effective, broken }));
            }
            self.keep(&effective, mark, news, returned, &trace);
            if returned {
                passed = 0;
            } else {
                effective.pop();
            }
        }
        Ok(Carried::Nothing)
    }

    /// Notes how much input functions ask for, which of them use up all gas, and the numbers that come up.
    fn listen(&mut self, trace: &Trace) {
        for call in &trace.calls {
            let written = call.writes.iter().map(|write| &write.after);
            written.chain([&call.output]).for_each(|bytes| self.generator.came_up(bytes));
            let starved = matches!(&call.status, Status::Halted(halt) if halt.kind == HaltKind::OutOfGas);
            if call.input_read == 0 && !starved {
                continue;
            }
            if let Some(Who::Contract(contract)) = self.world.who(&call.contract)
                && let Some(export) = self.world.exports()[contract].find(&call.function)
            {
                let target = Target { contract, export };
                self.generator.asked(target, call.input_read);
                if starved && call.gas_given > Gas(self.world.gas.0 / 2) {
                    self.generator.exhausts(target);
                }
            }
        }
    }

    /// Keeps a sequence that has reached something new.
    fn keep(&mut self, steps: &[Step], before: MemoryMark, news: News, returned: bool, trace: &Trace) {
        if news.signals == 0 || !self.options.guided {
            return;
        }
        if let (true, Some(last)) = (returned, steps.last()) {
            self.generator.remember(last);
        }
        if self.kept.len() == MOST_KEPT {
            self.kept.remove(0);
        }
        let attacker = self.world.address(Who::Actor(0));
        let callbacks = trace.calls.iter().filter(|call| call.depth > 0 && call.contract == attacker).count();
        self.kept.push(Kept {
            steps: steps.to_vec(),
            states: Some((before, self.world.mark())),
            returned,
            callbacks,
            clashes: news.clashes > 0,
            chosen: 0,
        });
    }

    /// Makes a finding as small as it can be.
    fn shrink(&self, mut finding: Finding) -> Result<Finding, SearchError> {
        let (mut left, until) = (MOST_SHRINKING, Instant::now() + LONGEST_SHRINKING);
        loop {
            let before = finding.steps.clone();
            while let Some(found) = self.first_that_breaks(shrink::shorter(&finding.steps), &finding, &mut left)? {
                finding = found;
            }
            let mut at = 0;
            while at < finding.steps.len() {
                let simpler = shrink::simpler_steps(&finding.steps[at]).into_iter().map(|step| {
                    let mut steps = finding.steps.clone();
                    steps[at] = step;
                    steps
                });
                match self.first_that_breaks(simpler, &finding, &mut left)? {
                    Some(found) => finding = found,
                    None => at += 1,
                }
                if Instant::now() > until {
                    return Ok(finding);
                }
            }
            if finding.steps == before {
                return Ok(finding);
            }
        }
    }

    /// The first of some candidates that breaks the same as a finding.
    fn first_that_breaks(
        &self,
        candidates: impl Iterator<Item = Vec<Step>>,
        finding: &Finding,
        left: &mut usize,
    ) -> Result<Option<Finding>, SearchError> {
        for steps in candidates.filter(|steps| !steps.is_empty()) {
            *left = match left.checked_sub(1) {
                Some(left) => left,
                None => return Ok(None),
            };
            if let Some(found) = self.breaks(&steps, &finding.broken.judge)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
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

/// What came of a sequence.
enum Carried {
    Nothing,
    Broken(Finding),
    /// Contracts call actors by names that these did not answer to.
    Learned,
}
