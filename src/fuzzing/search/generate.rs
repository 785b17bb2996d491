//! What sequences are made of: calls, inputs, numbers and money.

use std::collections::{HashMap, HashSet, VecDeque};

use fastrand::Rng;

use super::sequence::{Deed, End, Exports, Part, Reaction, Request, Step, Target, Who};
use super::world::{ACTORS, BLOCK_SECONDS, FUNDS, Moment, PEOPLE};

/// Answers that an attacker has ready at most, calls in one of them, and calls that an actor begins with.
pub(super) const MOST_REACTIONS: usize = 4;
pub(super) const MOST_REQUESTS: usize = 3;

/// Inputs kept of each function at most.
const MOST_INPUTS: usize = 16;

/// Numbers that came up, kept at most.
const MOST_RECENT: usize = 32;

/// Blocks that pass at most between two transactions: a thousand years.
const MOST_BLOCKS: u64 = 1_000 * 365 * 24 * 3_600 / BLOCK_SECONDS;

/// Bytes of an input at most.
const LONGEST_INPUT: u32 = 1 << 10;

/// What the search knows of the contracts, with which it makes sequences.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) rng: Rng,
    /// What may be called.
    targets: Vec<Target>,
    /// Of those, what takes no arguments, so that a contract can call it too.
    pub(super) callable: Vec<Target>,
    /// How many arguments each of them takes.
    arguments: HashMap<Target, usize>,
    /// Numbers that the code has in it.
    numbers: Vec<i64>,
    /// Functions that have used up all gas.
    exhausting: HashSet<Target>,
    /// When the first transaction happens.
    begins: Moment,
    /// Numbers that were written or given back lately.
    recent: VecDeque<i64>,
    /// How long an input a function has asked for.
    wanted: HashMap<Target, u32>,
    /// Inputs with which a function has returned.
    inputs: HashMap<Target, Vec<Vec<Part>>>,
    contracts: usize,
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
        let mut arguments = HashMap::new();
        for (contract, exports) in exports.iter().enumerate() {
            for (export, (name, signature)) in exports.functions.iter().enumerate() {
                if !is_judge(contract, name) {
                    targets.push(Target { contract, export });
                    arguments.insert(Target { contract, export }, signature.params.len());
                }
            }
        }
        let callable = targets.iter().copied().filter(|target| arguments[target] == 0).collect();
        Self {
            rng: Rng::with_seed(seed),
            targets,
            callable,
            arguments,
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
        let direct = self.arguments[&target] > 0 || self.rng.u8(..8) == 0;
        let deed = match direct {
            true => Deed::Direct {
                person: self.rng.usize(..PEOPLE.len()),
                target,
                arguments: (0..self.arguments[&target]).map(|_| self.number()).collect(),
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
        while requests.len() < MOST_REQUESTS && !self.callable.is_empty() && self.rng.u8(..3) > 0 {
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

    /// A call of something that a contract can call. There is such a thing.
    pub(super) fn request(&mut self) -> Request {
        let target = Self::rested(&mut self.rng, &self.exhausting, &self.callable);
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
        Request { input: self.input(target), value, gas: self.gas(), read_only, target }
    }

    /// An input that worked before, or one of the length that the function has asked for.
    pub(super) fn input(&mut self, target: Target) -> Vec<Part> {
        let known = self.inputs.get(&target).filter(|inputs| !inputs.is_empty());
        if let Some(inputs) = known
            && self.rng.bool()
        {
            let mut input = inputs[self.rng.usize(..inputs.len())].clone();
            if self.rng.bool() {
                let at = self.rng.usize(..input.len());
                input[at] = self.part_like(&input[at].clone());
            }
            return input;
        }
        let mut left = self.wanted.get(&target).copied().unwrap_or(0);
        match self.rng.u8(..24) {
            0 => left = self.rng.u32(..64),
            1 if !self.numbers.is_empty() => {
                let known = self.numbers[self.rng.usize(..self.numbers.len())];
                left = u32::try_from(known).unwrap_or(0).min(LONGEST_INPUT);
            }
            _ => {}
        }
        let mut parts = Vec::new();
        while left > 0 {
            let (part, length) = match (left, self.rng.u8(..4)) {
                (20.., 0 | 1) => (Part::Address(self.who()), 20),
                (8.., 1 | 2) => (Part::I64(self.number()), 8),
                (4.., _) => (Part::I32(self.number() as i32), 4),
                _ => (Part::Bytes(vec![self.rng.u8(..4)]), 1),
            };
            parts.push(part);
            left -= length;
        }
        parts
    }

    fn part_like(&mut self, part: &Part) -> Part {
        match part {
            Part::I32(_) => Part::I32(self.number() as i32),
            Part::I64(_) => Part::I64(self.number()),
            Part::Address(_) => Part::Address(self.who()),
            Part::Bytes(bytes) => Part::Bytes(bytes.iter().map(|_| self.rng.u8(..)).collect()),
        }
    }

    fn who(&mut self) -> Who {
        match self.rng.u8(..5) {
            0 | 1 => Who::Actor(0),
            2 => Who::Actor(self.rng.usize(..ACTORS.len())),
            3 => Who::Contract(self.rng.usize(..self.contracts)),
            _ => Who::Person(self.rng.usize(..PEOPLE.len())),
        }
    }

    pub(super) fn number(&mut self) -> i64 {
        const EXTREMES: [i64; 8] =
            [-1, i64::MIN, i64::MAX, i32::MAX as i64, i32::MIN as i64, u32::MAX as i64, 1 << 31, 255];
        match self.rng.u8(..10) {
            0..=3 => self.rng.i64(..=4).rem_euclid(5),
            4..=5 if !self.numbers.is_empty() => self.numbers[self.rng.usize(..self.numbers.len())],
            6 if !self.recent.is_empty() => self.recent[self.rng.usize(..self.recent.len())],
            7 => EXTREMES[self.rng.usize(..EXTREMES.len())],
            8 => self.rng.i64(..),
            _ => self.amount() as i64,
        }
    }

    pub(super) fn money(&mut self) -> u64 {
        if self.rng.u8(..5) < 3 { 0 } else { self.amount() }
    }

    /// As often small as large.
    fn amount(&mut self) -> u64 {
        let bits = self.rng.u32(..=FUNDS.ilog2());
        let amount = self.rng.u64(1 << bits..2 << bits).min(FUNDS);
        let known = self.numbers.len();
        if known > 0 && self.rng.u8(..4) == 0 {
            let number = self.numbers[self.rng.usize(..known)];
            return u64::try_from(number).map_or(amount, |number| number.min(FUNDS));
        }
        amount
    }

    pub(super) fn gas(&mut self) -> u64 {
        if self.rng.u8(..32) == 0 { 1 << self.rng.u32(8..20) } else { 0 }
    }

    pub(super) fn blocks(&mut self) -> u64 {
        match self.rng.u8(..8) {
            0 => self.rng.u64(1..=3),
            1 => 1 << self.rng.u32(..20),
            2 => self.known_blocks(),
            _ => 0,
        }
    }

    /// As many blocks as a number that is known stands for, if it is a number of blocks or of seconds, or a moment.
    fn known_blocks(&mut self) -> u64 {
        let known: Vec<i64> = self.numbers.iter().chain(&self.recent).copied().filter(|number| *number > 0).collect();
        if known.is_empty() {
            return 0;
        }
        let number = known[self.rng.usize(..known.len())] as u64;
        let blocks = match self.rng.u8(..4) {
            0 => number,
            1 => number.div_ceil(BLOCK_SECONDS),
            2 => number.saturating_sub(self.begins.block),
            _ => number.saturating_sub(self.begins.timestamp).div_ceil(BLOCK_SECONDS),
        };
        // What is further away would leave no time for anything else.
        if blocks > MOST_BLOCKS { 0 } else { blocks }
    }
}
