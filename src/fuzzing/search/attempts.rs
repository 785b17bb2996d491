//! The search: chooses the next sequence, runs it, and keeps it in the corpus if it reached something new.

use std::collections::BTreeSet;

use super::corpus::{Corpus, CorpusEntry};
use super::dictionary;
use super::error::SearchError;
use super::generate::Generator;
use super::invariant::Broken;
use super::reach::Reach;
use super::sequence::{Party, Step, Target};
use super::signals::{NewSignals, SeenSignals};
use super::world::World;
use crate::receipt::{HaltKind, Status, Trace};
use crate::store::MemoryMark;
use crate::units::Gas;

/// Settings of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The seed of all random choices.
    pub seed: u64,
    /// True if the search continues from kept sequences. If not, it generates every sequence from scratch.
    pub guided: bool,
    /// The greatest number of transactions in a sequence, at least 1.
    pub longest: usize,
}

/// A sequence that breaks an invariant or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The transactions. The last one breaks the export.
    pub steps: Vec<Step>,
    /// The broken export, and how it broke.
    pub broken: Broken,
}

/// A search for a sequence that breaks contracts.
#[derive(Debug)]
pub struct Search {
    pub(super) world: World,
    generator: Generator,
    seen: SeenSignals,
    corpus: Corpus,
    options: Options,
    reach: Reach,
}

/// A sequence to try. Its first `done` steps lead to `state`, from which it continues.
struct Attempt {
    steps: Vec<Step>,
    done: usize,
    state: Option<MemoryMark>,
}

impl Search {
    /// Creates a search.
    ///
    /// # Errors
    /// Returns an error if the contracts export no function to call, or the store or the VM fails.
    pub fn new(world: World, options: Options) -> Result<Self, SearchError> {
        let mut numbers = BTreeSet::new();
        for subject in world.subjects() {
            numbers.extend(dictionary::constants(&world.vm().now()?.code(&subject.address)?));
        }
        let numbers = numbers.into_iter().collect();
        let is_checked = |contract, name: &str| world.is_checked(contract, name);
        let generator = Generator::new(options.seed, world.exports(), numbers, world.begins(), is_checked);
        if generator.is_empty() {
            return Err(SearchError::NothingToCall);
        }
        let options = Options { longest: options.longest.max(1), ..options };
        Ok(Self {
            world,
            generator,
            seen: SeenSignals::default(),
            corpus: Corpus::default(),
            options,
            reach: Reach::default(),
        })
    }

    /// Returns the world of the search.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Returns the counts so far.
    pub fn reach(&self) -> Reach {
        Reach { kept: self.corpus.len(), signals: self.seen.len(), ..self.reach.clone() }
    }

    /// Tries one sequence.
    ///
    /// # Errors
    /// Returns an error if the store or the VM fails, or if an invariant changes the state.
    pub fn attempt(&mut self) -> Result<Option<Finding>, SearchError> {
        self.reach.sequences += 1;
        let mut attempt = self.pick();
        loop {
            match self.run(&attempt)? {
                AttemptOutcome::NothingBroken => return Ok(None),
                AttemptOutcome::Broken(finding) => return Ok(Some(finding)),
                // The actors have new exports: run the same sequence again, from the start.
                AttemptOutcome::ActorsChanged => attempt = Attempt { done: 0, state: None, ..attempt },
            }
        }
    }

    /// Chooses the next sequence.
    fn pick(&mut self) -> Attempt {
        let longest = self.options.longest;
        let from_scratch = !self.options.guided || self.corpus.len() == 0 || self.generator.rng.u8(..8) == 0;
        let kept = if from_scratch { None } else { self.corpus.pick(&mut self.generator.rng) };
        let Some(CorpusEntry { steps, states, returned, callbacks, .. }) = kept else {
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

    fn run(&mut self, attempt: &Attempt) -> Result<AttemptOutcome, SearchError> {
        match &attempt.state {
            Some(state) => self.world.rewind(state),
            None => self.world.restart(),
        }
        // Steps without effects are left out of the sequence. The blocks that pass before them are added to the next step.
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
            let Some((receipt, trace)) = self.world.run_step(step, now)? else {
                effective.pop();
                continue;
            };
            if self.world.learn(&trace)? {
                self.corpus.forget_states();
                return Ok(AttemptOutcome::ActorsChanged);
            }
            self.reach.count(&self.world, &trace);
            self.learn_inputs(&trace);
            let new_signals = self.seen.transaction(&self.world, step, before.as_ref(), &trace);
            let returned = receipt.status == Status::Returned;
            if returned && let Some(broken) = self.world.verdict(&trace, now)? {
                return Ok(AttemptOutcome::Broken(Finding { steps: effective, broken }));
            }
            self.keep(&effective, mark, new_signals, returned, &trace);
            if returned {
                passed = 0;
            } else {
                effective.pop();
            }
        }
        Ok(AttemptOutcome::NothingBroken)
    }

    /// Notes the length of input that functions read, the functions that use up all gas, and the numbers that calls write or
    /// output.
    fn learn_inputs(&mut self, trace: &Trace) {
        for call in &trace.calls {
            let written = call.writes.iter().map(|write| &write.after);
            written.chain([&call.output]).for_each(|bytes| self.generator.note_number(bytes));
            let starved = matches!(&call.status, Status::Halted(halt) if halt.kind == HaltKind::OutOfGas);
            if call.input_read == 0 && !starved {
                continue;
            }
            if let Some(Party::Contract(contract)) = self.world.party_of(&call.contract)
                && let Some(export) = self.world.exports()[contract].find(&call.function)
            {
                let target = Target { contract, export };
                self.generator.note_input_length(target, call.input_read);
                if starved && call.gas_given > Gas(self.world.gas.0 / 2) {
                    self.generator.note_exhausting(target);
                }
            }
        }
    }

    /// Keeps a sequence in the corpus if it has new signals.
    fn keep(&mut self, steps: &[Step], before: MemoryMark, new_signals: NewSignals, returned: bool, trace: &Trace) {
        if new_signals.signals == 0 || !self.options.guided {
            return;
        }
        if let (true, Some(last)) = (returned, steps.last()) {
            self.generator.remember(last);
        }
        let attacker = self.world.address(Party::Actor(0));
        let callbacks = trace.calls.iter().filter(|call| call.depth > 0 && call.contract == attacker).count();
        self.corpus.keep(CorpusEntry {
            steps: steps.to_vec(),
            states: Some((before, self.world.mark())),
            returned,
            callbacks,
            clashes: new_signals.clashes > 0,
            chosen: 0,
        });
    }
}

/// The outcome of a sequence.
enum AttemptOutcome {
    NothingBroken,
    Broken(Finding),
    /// A contract called an actor by a name that actors did not export. They do now.
    ActorsChanged,
}
