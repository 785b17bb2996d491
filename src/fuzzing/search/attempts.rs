//! The search itself: what is tried next, what is kept of it, and what is found.

use std::collections::BTreeSet;

use super::corpus::{Corpus, Kept};
use super::dictionary;
use super::error::SearchError;
use super::generate::Generator;
use super::judge::Broken;
use super::reach::Reach;
use super::sequence::{Step, Target, Who};
use super::signals::{News, Seen};
use super::world::World;
use crate::receipt::{HaltKind, Status, Trace};
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

/// A sequence that breaks something.
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
    pub(super) world: World,
    generator: Generator,
    seen: Seen,
    corpus: Corpus,
    options: Options,
    reach: Reach,
}

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
            numbers.extend(dictionary::constants(&world.vm().now()?.code(&subject.address)?));
        }
        let numbers = numbers.into_iter().collect();
        let is_judge = |contract, name: &str| world.is_judge(contract, name);
        let generator = Generator::new(options.seed, world.exports(), numbers, world.begins(), is_judge);
        if generator.is_empty() {
            return Err(SearchError::NothingToCall);
        }
        let options = Options { longest: options.longest.max(1), ..options };
        Ok(Self {
            world,
            generator,
            seen: Seen::default(),
            corpus: Corpus::default(),
            options,
            reach: Reach::default(),
        })
    }

    /// The world that it works on.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What it has done so far.
    pub fn reach(&self) -> Reach {
        Reach { kept: self.corpus.len(), signals: self.seen.len(), ..self.reach.clone() }
    }

    /// Tries one sequence.
    ///
    /// # Errors
    /// A store or a virtual machine that fails, an export to be asked that writes or changes the state.
    pub fn attempt(&mut self) -> Result<Option<Finding>, SearchError> {
        self.reach.sequences += 1;
        let mut attempt = self.pick();
        loop {
            match self.carry_out(&attempt)? {
                Carried::Nothing => return Ok(None),
                Carried::Broken(finding) => return Ok(Some(finding)),
                // The actors answer to more than they did: the same once more, from the start.
                Carried::Learned => attempt = Attempt { done: 0, state: None, ..attempt },
            }
        }
    }

    /// What to try next.
    fn pick(&mut self) -> Attempt {
        let longest = self.options.longest;
        let afresh = !self.options.guided || self.corpus.len() == 0 || self.generator.rng.u8(..8) == 0;
        let kept = if afresh { None } else { self.corpus.pick(&mut self.generator.rng) };
        let Some(Kept { steps, states, returned, callbacks, .. }) = kept else {
            return Attempt { steps: self.generator.steps(longest), done: 0, state: None };
        };
        let (mut steps, returned, callbacks) = (steps.clone(), *returned, *callbacks);
        let (before, after) = states.clone().unzip();
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
                self.corpus.forget_states();
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
        let attacker = self.world.address(Who::Actor(0));
        let callbacks = trace.calls.iter().filter(|call| call.depth > 0 && call.contract == attacker).count();
        self.corpus.keep(Kept {
            steps: steps.to_vec(),
            states: Some((before, self.world.mark())),
            returned,
            callbacks,
            clashes: news.clashes > 0,
            chosen: 0,
        });
    }
}

/// What came of a sequence.
enum Carried {
    Nothing,
    Broken(Finding),
    /// Contracts call actors by names that these did not answer to.
    Learned,
}
