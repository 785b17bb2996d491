//! Records of 32 to 4,096 bytes, copied whole to own memory and back: the best case for slices.

use super::random::{GOLDEN, Random, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Blob {
    /// The number of records, one on each page.
    pub records: u64,
    /// How many records a call copies in. It copies the same number out.
    pub copies: u64,
}

impl Blob {
    fn exchange(&self, index: u64, copies: u64) -> Step {
        let args = [Value::I64(seed(index)), Value::I64(copies as i64), Value::I64(self.records as i64)];
        Step::new("exchange", args)
    }
}

impl Workload for Blob {
    fn name(&self) -> &'static str {
        "blob"
    }

    fn shape(&self) -> String {
        format!("copies {0} of {1} records of 32 to 4,096 bytes in, and {0} out", self.copies, self.records)
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("blob.mapped.wat")),
            Form::Slices => Some(include_str!("blob.slices.wat")),
            Form::Window => Some(include_str!("blob.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.exchange(1 << 40, self.records * 8)]
    }

    fn step(&self, index: u64) -> Step {
        self.exchange(index, self.copies)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let (count, records) = (step.word(1), step.word(2));
        let mut random = Random(step.word(0));
        let mut outgoing = [0; PAGE_SIZE];
        for (word, bytes) in (0u64..).zip(outgoing.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&random.0.wrapping_add(word.wrapping_mul(GOLDEN)).to_le_bytes());
        }
        random.0 = random.0.wrapping_add(GOLDEN.wrapping_mul(PAGE_SIZE as u64 / 8));
        let mut sum = 0u64;
        for _ in 0..count {
            let size = 32 + 8 * random.below(509) as usize;
            let incoming = random.below(records) * PAGE_SIZE as u64;
            let ends = [storage.load(incoming), storage.load(incoming + size as u64 - 8)];
            sum = ends.iter().fold(sum, |sum, &word| sum.wrapping_add(word));
            let record = random.below(records) * PAGE_SIZE as u64;
            outgoing[..8].copy_from_slice(&random.0.to_le_bytes());
            outgoing[size - 8..size].copy_from_slice(&sum.to_le_bytes());
            storage.bytes(record, size).copy_from_slice(&outgoing[..size]);
        }
        sum as i64
    }
}
