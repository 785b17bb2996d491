//! Transfers between accounts in an open-addressed hash table: the most common kind of contract.

use super::random::{GOLDEN, Random, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// The size of the table in the contracts: slots of 16 bytes (key, balance), 128 KiB.
const TABLE_BYTES: u64 = 8_192 * 16;

/// The first balance of each account.
const GRANT: u64 = 1_000_000;

/// Accounts that one setup call creates.
const ACCOUNTS_PER_CALL: u64 = 1_024;

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// The number of accounts, at most 8,191.
    pub accounts: u64,
    /// Transfers of a call.
    pub transfers: u64,
}

impl Workload for Token {
    fn name(&self) -> &'static str {
        match self.transfers {
            1 => "token",
            _ => "token batch",
        }
    }

    fn shape(&self) -> String {
        format!(
            "{} transfer(s) between random accounts of {} in a hash table of 128 KiB",
            self.transfers, self.accounts
        )
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("token.mapped.wat")),
            Form::Slices => Some(include_str!("token.slices.wat")),
            Form::Window => Some(include_str!("token.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        let mint = |first: u64| {
            let count = ACCOUNTS_PER_CALL.min(self.accounts - first);
            Step::new("mint", [Value::I64(first as i64 + 1), Value::I64(count as i64)])
        };
        (0..self.accounts).step_by(ACCOUNTS_PER_CALL as usize).map(mint).collect()
    }

    fn step(&self, index: u64) -> Step {
        let args = [Value::I64(seed(index)), Value::I64(self.transfers as i64), Value::I64(self.accounts as i64)];
        Step::new("transfer", args)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        match step.function {
            "mint" => mint(step.word(0), step.word(1), storage),
            _ => transfer(Random(step.word(0)), step.word(1), step.word(2), storage),
        }
    }
}

fn mint(first: u64, count: u64, storage: &mut Linear) -> i64 {
    for key in first..first + count {
        let slot = find(key, storage);
        storage.store(slot, key);
        storage.store(slot + 8, GRANT);
    }
    (first + count) as i64
}

fn transfer(mut random: Random, count: u64, accounts: u64, storage: &mut Linear) -> i64 {
    let mut moved = 0;
    for _ in 0..count {
        let from = find(random.below(accounts) + 1, storage);
        let amount = (random.0 >> 20) & 1_023;
        let receiver = random.below(accounts) + 1;
        let balance = storage.load(from + 8);
        if balance < amount {
            continue;
        }
        storage.store(from + 8, balance - amount);
        let to = find(receiver, storage);
        let balance = storage.load(to + 8);
        storage.store(to + 8, balance + amount);
        moved += amount as i64;
    }
    moved
}

/// The slot that holds a key, or the empty slot where the key would go. A search begins at the bucket of four slots (64
/// bytes) whose number is the top eleven bits of the hash.
fn find(key: u64, storage: &mut Linear) -> u64 {
    let mut at = (key.wrapping_mul(GOLDEN) >> 53) * 64;
    loop {
        let found = storage.load(at);
        if found == key || found == 0 {
            return at;
        }
        at = (at + 16) % TABLE_BYTES;
    }
}
