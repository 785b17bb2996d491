//! An append-only log with an index into it: storage that only grows.

use super::random::{Random, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// The address of the index: the newest record of each account.
const INDEX: u64 = 4_096;

/// The address of the log.
const LOG: u64 = 65_536;

/// Bytes of a record.
const RECORD: u64 = 64;

/// Earlier records of the last account that a call reads.
const EARLIER_RECORDS: u32 = 8;

/// Records that one setup call appends.
const RECORDS_PER_CALL: u64 = 4_096;

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Ledger {
    /// The number of accounts, at most 4,096.
    pub accounts: u64,
    /// Records that the setup appends.
    pub records: u64,
    /// Records that a call appends.
    pub appended: u64,
}

impl Ledger {
    fn append(&self, index: u64, count: u64) -> Step {
        Step::new("append", [seed(index), count as i64, self.accounts as i64].map(Value::I64))
    }
}

impl Workload for Ledger {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn shape(&self) -> String {
        let Self { accounts, records, appended } = self;
        format!(
            "appends {appended} records of {RECORD} bytes to a log of {records} records with an index of {accounts} accounts, and reads {EARLIER_RECORDS} earlier ones"
        )
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("ledger.mapped.wat")),
            Form::Slices => Some(include_str!("ledger.slices.wat")),
            Form::Window => None,
        }
    }

    fn setup(&self) -> Vec<Step> {
        let append = |first: u64| self.append((1 << 40) + first, RECORDS_PER_CALL.min(self.records - first));
        (0..self.records).step_by(RECORDS_PER_CALL as usize).map(append).collect()
    }

    fn step(&self, index: u64) -> Step {
        self.append(index, self.appended)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let (seed, accounts) = (step.word(0), step.word(2));
        let mut random = Random(seed);
        let mut records = storage.load(0);
        let (mut at, mut sum) = (0, 0u64);
        for _ in 0..step.word(1) {
            let account = random.below(accounts);
            let entry = INDEX + account * 8;
            let before = storage.load(entry);
            let amount = random.0 & 1_023;
            let balance = if before == 0 { 0 } else { storage.load(before + 24) } + amount;
            at = LOG + records * RECORD;
            let record = [account, amount, before, balance, random.0, seed, records, sum];
            for (place, word) in (at..).step_by(8).zip(record) {
                storage.store(place, word);
            }
            storage.store(entry, at);
            records += 1;
            sum = sum.wrapping_add(balance);
        }
        storage.store(0, records);
        for _ in 0..EARLIER_RECORDS {
            if at == 0 {
                break;
            }
            sum = sum.wrapping_add(storage.load(at + 8));
            at = storage.load(at + 16);
        }
        sum as i64
    }
}
