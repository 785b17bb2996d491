//! Nested calls: a contract that re-enters itself to some depth, and writes the same pages at each level.

use super::random::{GOLDEN, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// Which calls of a chain revert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reverts {
    /// No call.
    None,
    /// The innermost call.
    Innermost,
    /// The calls at odd levels, counted from 1. Each also undoes the effects of the calls nested in it.
    EverySecond,
}

/// The workload: a step is a top-level call that makes one chain of nested calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reenter {
    /// Nested calls of a chain, each made by the one before.
    pub depth: u32,
    /// Pages that each nested call writes, from the first on.
    pub pages: u32,
    /// The nested calls that revert.
    pub reverts: Reverts,
    /// Pages that the top-level call changes before the chain, from the first on. It changes them back at its end.
    pub caller_writes: u32,
    /// Pages that the top-level call reads before the chain, from the first on.
    pub caller_reads: u32,
    /// Pages in the store.
    pub stored: u32,
    /// True if the contract re-enters itself through another contract, which adds a call at each level.
    pub through_relay: bool,
}

impl Reenter {
    /// A chain whose top-level call touches no page.
    pub const fn chain(depth: u32, pages: u32, reverts: Reverts) -> Self {
        Self { depth, pages, reverts, caller_writes: 0, caller_reads: 0, stored: pages, through_relay: false }
    }

    /// The number of calls of a chain.
    pub fn calls(&self) -> u64 {
        u64::from(self.depth) * if self.through_relay { 2 } else { 1 }
    }

    /// A top-level call that makes `count` chains, one after another.
    pub fn chains(&self, count: u32) -> Step {
        self.seeded(count, 0)
    }

    fn seeded(&self, count: u32, index: u64) -> Step {
        let numbers = [count, self.depth, self.pages, self.reverts as u32, self.caller_writes, self.caller_reads];
        let numbers = numbers.map(|number| Value::I32(number as i32));
        Step::new("chains", [&numbers[..], &[Value::I64(seed(index))]].concat())
    }
}

impl Workload for Reenter {
    fn name(&self) -> &'static str {
        "reenter"
    }

    fn shape(&self) -> String {
        let Self { depth, pages, reverts, .. } = self;
        let ends = match reverts {
            Reverts::None => "all return",
            Reverts::Innermost => "the innermost one reverts",
            Reverts::EverySecond => "every second one reverts",
        };
        format!("re-enters itself to depth {depth}; each nested call writes the same {pages} pages; {ends}")
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("reenter.mapped.wat")),
            Form::Slices => Some(include_str!("reenter.slices.wat")),
            Form::Window => None,
        }
    }

    fn companion(&self) -> Option<&'static str> {
        self.through_relay.then_some(include_str!("reenter.relay.wat"))
    }

    fn setup(&self) -> Vec<Step> {
        vec![Step::new("lay", [Value::I32(self.stored as i32)])]
    }

    fn step(&self, index: u64) -> Step {
        self.seeded(1, index)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let count = step.word(0);
        if step.function == "lay" {
            (0..count).for_each(|page| storage.store(place(page), page + 1));
            return count as i64;
        }
        let [written, read] = [step.word(4), step.word(5)];
        let chain = Chain {
            depth: step.word(1),
            pages: step.word(2),
            reverts: step.word(3),
            seed: step.word(6),
            through_relay: self.through_relay,
        };
        let mut sum = (0..read).fold(0_u64, |sum, page| sum.wrapping_add(storage.load(place(page))));
        invert(written, storage);
        for _ in 0..count {
            let (output, reverted) = chain.call(1, storage);
            sum = sum.wrapping_add(output).wrapping_add(chain.status(reverted));
        }
        sum = (0..written).fold(sum, |sum, page| sum.wrapping_add(storage.load(place(page))));
        invert(written, storage);
        sum as i64
    }
}

/// The message that the calls of a chain pass on.
struct Chain {
    depth: u64,
    pages: u64,
    /// A [`Reverts`] as a number.
    reverts: u64,
    seed: u64,
    through_relay: bool,
}

impl Chain {
    /// The output of a call, and whether it reverts.
    fn call(&self, level: u64, storage: &mut Linear) -> (u64, bool) {
        let before: Vec<u64> = (0..self.pages).map(|page| storage.load(place(page))).collect();
        let base = self.seed.wrapping_add(level.wrapping_mul(GOLDEN));
        (0..self.pages).for_each(|page| storage.store(place(page), base.wrapping_add(page)));
        let mut sum = 0_u64;
        if level < self.depth {
            let (output, reverted) = self.call(level + 1, storage);
            sum = output.wrapping_add(self.status(reverted));
        }
        if self.pages > 0 {
            sum = sum.wrapping_add(storage.load(0));
        }
        let reverts = match self.reverts {
            1 => level == self.depth,
            2 => level % 2 == 1,
            _ => false,
        };
        if reverts {
            (0..).zip(&before).for_each(|(page, word)| storage.store(place(page), *word));
        }
        (sum, reverts)
    }

    /// The status that a caller sees. A relay in between always returns.
    fn status(&self, reverted: bool) -> u64 {
        u64::from(reverted && !self.through_relay)
    }
}

fn invert(pages: u64, storage: &mut Linear) {
    for page in 0..pages {
        let word = storage.load(place(page));
        storage.store(place(page), !word);
    }
}

fn place(page: u64) -> u64 {
    page * PAGE_SIZE as u64
}
