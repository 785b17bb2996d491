//! The tasks of every peer: workloads of the lab, and the keys and addresses of their words.

use vellum::lab::workloads::{Counter, Linear, Scatter, Step, Token, Workload};
use vellum::receipt::Value;

/// A workload that the peers run.
#[derive(Debug, Clone, Copy)]
pub enum Task {
    Counter,
    Token { accounts: u64, transfers: u64 },
    Scatter { pages: u64, writes: bool },
}

/// The sizes of `vellum report`.
pub const STANDARD: [Task; 5] = tasks(4_096, 100, 256);

/// Sizes for tests.
pub const TINY: [Task; 5] = tasks(50, 20, 5);

const fn tasks(accounts: u64, transfers: u64, pages: u64) -> [Task; 5] {
    [
        Task::Counter,
        Task::Token { accounts, transfers: 1 },
        Task::Token { accounts, transfers },
        Task::Scatter { pages, writes: false },
        Task::Scatter { pages, writes: true },
    ]
}

impl Task {
    /// The lab's workload, with its contracts and its native model.
    pub fn workload(self) -> Box<dyn Workload> {
        match self {
            Self::Counter => Box::new(Counter),
            Self::Token { accounts, transfers } => Box::new(Token { accounts, transfers }),
            Self::Scatter { pages, writes: false } => Box::new(Scatter::reading(pages as i32)),
            Self::Scatter { pages, writes: true } => Box::new(Scatter::changing(pages as i32)),
        }
    }

    /// The keys of all words of state.
    pub fn keys(self) -> std::ops::Range<u64> {
        match self {
            Self::Counter => 0..1,
            Self::Token { accounts, .. } => 1..accounts + 1,
            Self::Scatter { pages, .. } => 0..pages,
        }
    }

    /// The address of a key's word in linear storage.
    pub fn place(self, key: u64, storage: &mut Linear) -> u64 {
        match self {
            Self::Counter => 0,
            Self::Token { .. } => balance_of(key, storage),
            Self::Scatter { .. } => key * STRIDE,
        }
    }
}

/// The distance between the words of `scatter` in the lab, which is the last argument of its steps.
const STRIDE: u64 = 65_536 + 64;

/// The address of an account's balance in the table of `token`, as in the lab's contracts.
fn balance_of(key: u64, storage: &mut Linear) -> u64 {
    let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 53) * 64;
    while ![key, 0].contains(&storage.load(at)) {
        at = (at + 16) % (8_192 * 16);
    }
    at + 8
}

/// A step as the contracts of the peers receive it: the number of a function, and its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub function: u64,
    pub arguments: [u64; 3],
}

/// The functions in the order of their numbers.
pub const FUNCTIONS: [&str; 5] = ["increment", "mint", "transfer", "touch", "look"];

impl Request {
    pub const INCREMENT: u64 = 0;
    pub const MINT: u64 = 1;
    pub const TRANSFER: u64 = 2;
    pub const TOUCH: u64 = 3;

    /// The request for a step of the lab.
    pub fn of(step: &Step) -> Result<Self, String> {
        let known = FUNCTIONS.iter().position(|name| *name == step.function);
        let function = known.ok_or_else(|| format!("the peers have no function {:?}", step.function))? as u64;
        let mut arguments = [0; 3];
        for (argument, value) in arguments.iter_mut().zip(&step.args) {
            *argument = match value {
                Value::I32(value) => u64::from(*value as u32),
                Value::I64(value) => *value as u64,
            };
        }
        Ok(Self { function, arguments })
    }

    /// The step for the native model, which accepts words of either width.
    pub fn step(&self) -> Step {
        let args = self.arguments.iter().map(|&word| Value::I64(word as i64)).collect();
        Step { function: FUNCTIONS[self.function as usize % FUNCTIONS.len()], args }
    }

    /// The request as 32 bytes: four little-endian words.
    #[cfg(any(feature = "cosmwasm", feature = "near"))]
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let words = [self.function, self.arguments[0], self.arguments[1], self.arguments[2]];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}
