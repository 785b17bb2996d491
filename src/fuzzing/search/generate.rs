//! What sequences are made of: calls, inputs, numbers and money.

use std::collections::{HashMap, HashSet, VecDeque};

use fastrand::Rng;

use super::cast::{ACTORS, Moment, PEOPLE};
use super::sequence::{Deed, End, Exports, Part, Reaction, Request, Step, Target};

/// Answers that an attacker has ready at most, calls in one of them, and calls that an actor begins with.
pub(super) const MOST_REACTIONS: usize = 4;
pub(super) const MOST_REQUESTS: usize = 3;

/// Inputs kept of each function at most.
const MOST_INPUTS: usize = 16;

/// Numbers that came up, kept at most.
const MOST_RECENT: usize = 32;

/// Bytes of an input at most.
pub(super) const LONGEST_INPUT: u32 = 1 << 10;

/// What the search knows of the contracts, with which it makes sequences.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) rng: Rng,
    /// What may be called.
    targets: Vec<Target>,
    /// How many arguments each of them takes.
    parameters: HashMap<Target, usize>,
    /// Numbers that the code has in it.
    pub(super) numbers: Vec<i64>,
    /// Functions that have used up all gas.
    exhausting: HashSet<Target>,
    /// When the first transaction happens.
    pub(super) begins: Moment,
    /// Numbers that were written or given back lately.
    pub(super) recent: VecDeque<i64>,
    /// How long an input a function has asked for.
    pub(super) wanted: HashMap<Target, u32>,
    /// Inputs with which a function has returned.
    pub(super) inputs: HashMap<Target, Vec<Vec<Part>>>,
    pub(super) contracts: usize,
}

impl Generator {
    pub(super) fn new(
        seed: u64,
        exports: &[Exports],
        numbers: Vec<i64>,
        begins: Moment,
        is_judge: impl Fn(usize, &str) -> bool,
    ) -> Self {
        let mut targets = Vec::new();
        let mut parameters = HashMap::new();
        for (contract, exports) in exports.iter().enumerate() {
            for (export, (name, signature)) in exports.functions.iter().enumerate() {
                if !is_judge(contract, name) {
                    targets.push(Target { contract, export });
                    parameters.insert(Target { contract, export }, signature.params.len());
                }
            }
        }
        Self {
            rng: Rng::with_seed(seed),
            targets,
            parameters,
            numbers,
            exhausting: HashSet::new(),
            begins,
            recent: VecDeque::new(),
            wanted: HashMap::new(),
            inputs: HashMap::new(),
            contracts: exports.len(),
        }
    }

    /// Whether there is nothing to call.
    pub(super) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// A function asked for input up to this byte.
    pub(super) fn asked(&mut self, target: Target, input_read: u32) {
        let wanted = self.wanted.entry(target).or_default();
        *wanted = (*wanted).max(input_read.min(LONGEST_INPUT));
    }

    /// Bytes were written or given back. If they are a number that is not 0, it may matter elsewhere.
    pub(super) fn came_up(&mut self, bytes: &[u8]) {
        let mut word = [0; 8];
        if bytes.is_empty() || bytes.len() > word.len() {
            return;
        }
        word[..bytes.len()].copy_from_slice(bytes);
        let number = i64::from_le_bytes(word);
        if number != 0 && !self.recent.contains(&number) {
            if self.recent.len() == MOST_RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(number);
        }
    }

    /// Remembers the inputs of a step whose transaction returned and reached something new.
    pub(super) fn remember(&mut self, step: &Step) {
        let mut step = step.clone();
        let mut found: Vec<(Target, Vec<Part>)> = Vec::new();
        for request in step.deed.requests_mut() {
            found.push((request.target, request.input.clone()));
        }
        if let Deed::Direct { target, input, .. } = &step.deed {
            found.push((*target, input.clone()));
        }
        for (target, input) in found.into_iter().filter(|(_, input)| !input.is_empty()) {
            let inputs = self.inputs.entry(target).or_default();
            if inputs.len() < MOST_INPUTS && !inputs.contains(&input) {
                inputs.push(input);
            }
        }
    }

    /// A step of any kind.
    pub(super) fn step(&mut self) -> Step {
        let target = Self::rested(&mut self.rng, &self.exhausting, &self.targets);
        // A call with arguments is as often one of a person's.
        let direct = self.rng.u8(..if self.parameters[&target] > 0 { 2 } else { 8 }) == 0;
        let deed = match direct {
            true => Deed::Direct {
                person: self.rng.usize(..PEOPLE.len()),
                target,
                arguments: self.arguments(target),
                input: self.input(target),
                value: self.money(),
            },
            false => {
                let actor = if self.rng.u8(..4) == 0 { self.rng.usize(..ACTORS.len()) } else { 0 };
                let mut requests = vec![self.request_of(target)];
                while requests.len() < MOST_REQUESTS && self.rng.u8(..6) == 0 {
                    requests.push(self.request());
                }
                Deed::Act { actor, requests, reactions: self.reactions(actor), standing: self.standing() }
            }
        };
        Step { deed, blocks: self.blocks() }
    }

    /// Several steps that have nothing to do with each other.
    pub(super) fn steps(&mut self, most: usize) -> Vec<Step> {
        let count = self.rng.usize(1..=most);
        (0..count).map(|_| self.step()).collect()
    }

    fn reactions(&mut self, actor: usize) -> Vec<Reaction> {
        if actor != 0 {
            return Vec::new();
        }
        let mut reactions = Vec::new();
        while reactions.len() < MOST_REACTIONS && self.rng.bool() {
            reactions.push(self.reaction());
        }
        reactions
    }

    pub(super) fn reaction(&mut self) -> Reaction {
        let mut requests = Vec::new();
        while requests.len() < MOST_REQUESTS && self.rng.u8(..3) > 0 {
            requests.push(self.request());
        }
        Reaction { requests, end: self.end() }
    }

    /// What an actor gives back to calls that it has no reaction for: mostly nothing.
    pub(super) fn standing(&mut self) -> Vec<Part> {
        match self.rng.u8(..6) {
            0 => vec![Part::I64(self.number())],
            1 => vec![Part::I32(self.number() as i32)],
            _ => Vec::new(),
        }
    }

    pub(super) fn end(&mut self) -> End {
        match self.rng.u8(..12) {
            0 => End::Revert,
            1 => End::Trap,
            2 => End::Return(vec![Part::I64(self.number())]),
            3 => End::Return(vec![Part::I32(self.number() as i32)]),
            _ => End::Return(Vec::new()),
        }
    }

    /// A call that an actor makes.
    pub(super) fn request(&mut self) -> Request {
        let target = Self::rested(&mut self.rng, &self.exhausting, &self.targets);
        self.request_of(target)
    }

    /// One of these functions, seldom one that has used up all gas: it would take most of the time.
    fn rested(rng: &mut Rng, exhausting: &HashSet<Target>, targets: &[Target]) -> Target {
        let mut target = targets[rng.usize(..targets.len())];
        while exhausting.contains(&target) && exhausting.len() < targets.len() && rng.u8(..16) > 0 {
            target = targets[rng.usize(..targets.len())];
        }
        target
    }

    /// A function has used up all gas.
    pub(super) fn exhausts(&mut self, target: Target) {
        self.exhausting.insert(target);
    }

    fn request_of(&mut self, target: Target) -> Request {
        let read_only = self.rng.u8(..24) == 0;
        let value = if read_only { 0 } else { self.money() };
        let arguments = self.arguments(target);
        Request { arguments, input: self.input(target), value, gas: self.gas(), read_only, target }
    }

    fn arguments(&mut self, target: Target) -> Vec<i64> {
        (0..self.parameters[&target]).map(|_| self.number()).collect()
    }
}
