//! Generates steps: users' calls, and actors' calls and reactions.

use std::collections::{HashMap, HashSet, VecDeque};

use fastrand::Rng;

use super::cast::{ACTORS, Moment, USERS};
use super::sequence::{Action, End, Exports, Part, Reaction, Request, Step, Target};

/// The greatest number of the attacker's reactions in one step.
pub(super) const MOST_REACTIONS: usize = 4;
/// The greatest number of calls in a reaction, and of calls that an actor's orders list.
pub(super) const MOST_REQUESTS: usize = 3;

/// The greatest number of inputs to keep for each function.
const MOST_INPUTS: usize = 16;

/// The greatest number of recent numbers.
const MOST_RECENT: usize = 32;

/// The greatest length of an input in bytes.
pub(super) const LONGEST_INPUT: u32 = 1 << 10;

/// Generates steps from what the search knows of the contracts.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) rng: Rng,
    /// The functions to call.
    targets: Vec<Target>,
    /// The number of parameters of each function.
    parameters: HashMap<Target, usize>,
    /// The constants in the contracts' code.
    pub(super) numbers: Vec<i64>,
    /// The functions that have used up all gas.
    exhausting: HashSet<Target>,
    /// The block and the time of the first transaction.
    pub(super) begins: Moment,
    /// The numbers that calls wrote or returned last.
    pub(super) recent: VecDeque<i64>,
    /// The length of input that each function has read, in bytes.
    pub(super) input_lengths: HashMap<Target, u32>,
    /// Inputs with which each function has returned.
    pub(super) inputs: HashMap<Target, Vec<Vec<Part>>>,
    pub(super) contracts: usize,
}

impl Generator {
    pub(super) fn new(
        seed: u64,
        exports: &[Exports],
        numbers: Vec<i64>,
        begins: Moment,
        is_checked: impl Fn(usize, &str) -> bool,
    ) -> Self {
        let mut targets = Vec::new();
        let mut parameters = HashMap::new();
        for (contract, exports) in exports.iter().enumerate() {
            for (export, (name, signature)) in exports.functions.iter().enumerate() {
                if !is_checked(contract, name) {
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
            input_lengths: HashMap::new(),
            inputs: HashMap::new(),
            contracts: exports.len(),
        }
    }

    /// True if there is no function to call.
    pub(super) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Notes that a function has read its input up to a byte.
    pub(super) fn note_input_length(&mut self, target: Target, input_read: u32) {
        let length = self.input_lengths.entry(target).or_default();
        *length = (*length).max(input_read.min(LONGEST_INPUT));
    }

    /// Notes a number that a call wrote or returned, unless it is 0 or longer than eight bytes.
    pub(super) fn note_number(&mut self, bytes: &[u8]) {
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

    /// Keeps the inputs of a step whose transaction returned and reached something new.
    pub(super) fn remember(&mut self, step: &Step) {
        let mut step = step.clone();
        let mut found: Vec<(Target, Vec<Part>)> = Vec::new();
        for request in step.action.requests_mut() {
            found.push((request.target, request.input.clone()));
        }
        if let Action::Direct { target, input, .. } = &step.action {
            found.push((*target, input.clone()));
        }
        for (target, input) in found.into_iter().filter(|(_, input)| !input.is_empty()) {
            let inputs = self.inputs.entry(target).or_default();
            if inputs.len() < MOST_INPUTS && !inputs.contains(&input) {
                inputs.push(input);
            }
        }
    }

    /// Generates a step.
    pub(super) fn step(&mut self) -> Step {
        let target = Self::choose_target(&mut self.rng, &self.exhausting, &self.targets);
        // Of the calls of functions with parameters, users make half.
        let direct = self.rng.u8(..if self.parameters[&target] > 0 { 2 } else { 8 }) == 0;
        let action = if direct {
            Action::Direct {
                user: self.rng.usize(..USERS.len()),
                target,
                arguments: self.arguments(target),
                input: self.input(target),
                value: self.value(),
            }
        } else {
            let actor = if self.rng.u8(..4) == 0 { self.rng.usize(..ACTORS.len()) } else { 0 };
            let mut requests = vec![self.request_of(target)];
            while requests.len() < MOST_REQUESTS && self.rng.u8(..6) == 0 {
                requests.push(self.request());
            }
            Action::Act { actor, requests, reactions: self.reactions(actor), standing: self.standing() }
        };
        Step { action, blocks: self.blocks() }
    }

    /// Generates up to `most` independent steps.
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

    /// Generates the output of an actor for calls that have no reaction: mostly none.
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

    /// Generates a call for an actor to make.
    pub(super) fn request(&mut self) -> Request {
        let target = Self::choose_target(&mut self.rng, &self.exhausting, &self.targets);
        self.request_of(target)
    }

    /// Chooses a function, seldom one that has used up all gas: such calls would take most of the time.
    fn choose_target(rng: &mut Rng, exhausting: &HashSet<Target>, targets: &[Target]) -> Target {
        let mut target = targets[rng.usize(..targets.len())];
        while exhausting.contains(&target) && exhausting.len() < targets.len() && rng.u8(..16) > 0 {
            target = targets[rng.usize(..targets.len())];
        }
        target
    }

    /// Notes that a function has used up all gas.
    pub(super) fn note_exhausting(&mut self, target: Target) {
        self.exhausting.insert(target);
    }

    fn request_of(&mut self, target: Target) -> Request {
        let read_only = self.rng.u8(..24) == 0;
        let value = if read_only { 0 } else { self.value() };
        let arguments = self.arguments(target);
        Request { arguments, input: self.input(target), value, gas: self.gas(), read_only, target }
    }

    fn arguments(&mut self, target: Target) -> Vec<i64> {
        (0..self.parameters[&target]).map(|_| self.number()).collect()
    }
}
