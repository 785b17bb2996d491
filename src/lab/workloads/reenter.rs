//! Calls inside calls: a contract that has itself called back, some levels deep, and writes the same pages on each.

use super::random::{GOLDEN, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// Which calls of a chain put back what they wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// None: all of them return.
    Return,
    /// The innermost reverts.
    InnermostReverts,
    /// The first reverts, the third, and so on: each of them puts back what those inside it left, too.
    EverySecondReverts,
}

/// The workload: a step makes one chain of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reenter {
    /// Calls inside calls, the outermost not counted.
    pub depth: u32,
    /// Pages that each of them writes, from the first on.
    pub pages: u32,
    /// How they end.
    pub ends: Ends,
    /// Pages that the outermost call has changed before, from the first on; it changes them back in the end.
    pub before: u32,
    /// Pages that the outermost call has read before, from the first on.
    pub read: u32,
    /// Pages in the store.
    pub stored: u32,
    /// Whether the contract is called back through another one, which is a call more on each level.
    pub through: bool,
}

impl Reenter {
    /// Chains whose outermost call touches no page of its own.
    pub const fn chain(depth: u32, pages: u32, ends: Ends) -> Self {
        Self { depth, pages, ends, before: 0, read: 0, stored: pages, through: false }
    }

    /// How many calls a chain is.
    pub fn calls(&self) -> u64 {
        u64::from(self.depth) * if self.through { 2 } else { 1 }
    }

    /// A call that makes so many chains one after another.
    pub fn chains(&self, count: u32) -> Step {
        self.seeded(count, 0)
    }

    fn seeded(&self, count: u32, index: u64) -> Step {
        let numbers = [count, self.depth, self.pages, self.ends as u32, self.before, self.read];
        let numbers = numbers.map(|number| Value::I32(number as i32));
        Step::new("chains", [&numbers[..], &[Value::I64(seed(index))]].concat())
    }
}

impl Workload for Reenter {
    fn name(&self) -> &'static str {
        "reenter"
    }

    fn shape(&self) -> String {
        let Self { depth, pages, ends, .. } = self;
        let ends = match ends {
            Ends::Return => "which all return",
            Ends::InnermostReverts => "the innermost of which reverts",
            Ends::EverySecondReverts => "every second of which reverts",
        };
        format!("{depth} calls of itself inside one another, each of which writes the same {pages} pages, {ends}")
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("reenter.mapped.wat")),
            Form::Slices => Some(include_str!("reenter.slices.wat")),
            Form::Window => None,
        }
    }

    fn companion(&self) -> Option<&'static str> {
        self.through.then_some(include_str!("reenter.relay.wat"))
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
        let [before, read] = [step.word(4), step.word(5)];
        let chain = Chain {
            depth: step.word(1),
            pages: step.word(2),
            ends: step.word(3),
            seed: step.word(6),
            through: self.through,
        };
        let mut sum = (0..read).fold(0_u64, |sum, page| sum.wrapping_add(storage.load(place(page))));
        invert(before, storage);
        for _ in 0..count {
            let (given, reverted) = chain.call(1, storage);
            sum = sum.wrapping_add(given).wrapping_add(chain.status(reverted));
        }
        sum = (0..before).fold(sum, |sum, page| sum.wrapping_add(storage.load(place(page))));
        invert(before, storage);
        sum as i64
    }
}

/// What the calls of a chain pass to one another.
struct Chain {
    depth: u64,
    pages: u64,
    ends: u64,
    seed: u64,
    through: bool,
}

impl Chain {
    /// What a call gives, and whether it has put back what it wrote.
    fn call(&self, level: u64, storage: &mut Linear) -> (u64, bool) {
        let before: Vec<u64> = (0..self.pages).map(|page| storage.load(place(page))).collect();
        let base = self.seed.wrapping_add(level.wrapping_mul(GOLDEN));
        (0..self.pages).for_each(|page| storage.store(place(page), base.wrapping_add(page)));
        let mut sum = 0_u64;
        if level < self.depth {
            let (given, reverted) = self.call(level + 1, storage);
            sum = given.wrapping_add(self.status(reverted));
        }
        if self.pages > 0 {
            sum = sum.wrapping_add(storage.load(0));
        }
        let reverts = match self.ends {
            1 => level == self.depth,
            2 => level % 2 == 1,
            _ => false,
        };
        if reverts {
            (0..).zip(&before).for_each(|(page, word)| storage.store(place(page), *word));
        }
        (sum, reverts)
    }

    /// The status that a caller sees; a contract in between returns whatever it sees.
    fn status(&self, reverted: bool) -> u64 {
        u64::from(reverted && !self.through)
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
