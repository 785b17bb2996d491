//! Generates inputs, numbers, values, gas and time of calls.

use super::cast::{ACTORS, BLOCK_SECONDS, INITIAL_BALANCE, USERS};
use super::generate::{Generator, LONGEST_INPUT};
use super::sequence::{Part, Party, Target};

/// The greatest number of blocks between two transactions: a thousand years.
const MOST_BLOCKS: u64 = 1_000 * 365 * 24 * 3_600 / BLOCK_SECONDS;

impl Generator {
    /// Generates an input: one with which the function has returned before, or one of the length that the function has read.
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
        let mut rest = self.input_lengths.get(&target).copied().unwrap_or(0);
        match self.rng.u8(..24) {
            0 => rest = self.rng.u32(..64),
            1 if !self.numbers.is_empty() => {
                let known = self.numbers[self.rng.usize(..self.numbers.len())];
                rest = u32::try_from(known).unwrap_or(0).min(LONGEST_INPUT);
            }
            _ => {}
        }
        let mut parts = Vec::new();
        while rest > 0 {
            let (part, length) = match (rest, self.rng.u8(..4)) {
                (20.., 0 | 1) => (Part::Address(self.party()), 20),
                (8.., 1 | 2) => (Part::I64(self.number()), 8),
                (4.., _) => (Part::I32(self.number() as i32), 4),
                _ => (Part::Bytes(vec![self.rng.u8(..4)]), 1),
            };
            parts.push(part);
            rest -= length;
        }
        parts
    }

    fn part_like(&mut self, part: &Part) -> Part {
        match part {
            Part::I32(_) => Part::I32(self.number() as i32),
            Part::I64(_) => Part::I64(self.number()),
            Part::Address(_) => Part::Address(self.party()),
            Part::Bytes(bytes) => Part::Bytes(bytes.iter().map(|_| self.rng.u8(..)).collect()),
        }
    }

    fn party(&mut self) -> Party {
        match self.rng.u8(..5) {
            0 | 1 => Party::Actor(0),
            2 => Party::Actor(self.rng.usize(..ACTORS.len())),
            3 => Party::Contract(self.rng.usize(..self.contracts)),
            _ => Party::User(self.rng.usize(..USERS.len())),
        }
    }

    pub(super) fn number(&mut self) -> i64 {
        const EXTREMES: [i64; 8] =
            [-1, i64::MIN, i64::MAX, i32::MAX as i64, i32::MIN as i64, u32::MAX as i64, 1 << 31, 255];
        match self.rng.u8(..10) {
            0..=3 => self.rng.i64(0..5),
            4..=5 if !self.numbers.is_empty() => self.numbers[self.rng.usize(..self.numbers.len())],
            6 if !self.recent.is_empty() => self.recent[self.rng.usize(..self.recent.len())],
            7 => EXTREMES[self.rng.usize(..EXTREMES.len())],
            8 => self.rng.i64(..),
            _ => self.amount() as i64,
        }
    }

    pub(super) fn value(&mut self) -> u64 {
        if self.rng.u8(..5) < 3 { 0 } else { self.amount() }
    }

    /// Chooses an amount, each number of bits with the same probability.
    fn amount(&mut self) -> u64 {
        let bits = self.rng.u32(..=INITIAL_BALANCE.ilog2());
        let amount = self.rng.u64(1 << bits..2 << bits).min(INITIAL_BALANCE);
        let known = self.numbers.len();
        if known > 0 && self.rng.u8(..4) == 0 {
            let number = self.numbers[self.rng.usize(..known)];
            return u64::try_from(number).map_or(amount, |number| number.min(INITIAL_BALANCE));
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

    /// Chooses a known number and takes it as a number of blocks, as seconds, as a block number or as a timestamp.
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
        // A greater number would leave no time for later transactions.
        if blocks > MOST_BLOCKS { 0 } else { blocks }
    }
}
