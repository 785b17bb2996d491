//! The native model of the contracts.

use super::contract::{FILLING, PATTERN, RECORD, SPAN, STORED};
use crate::lab::workloads::Linear;

/// The addresses of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// From `start` in steps, below `end`.
    Stride { start: u32, step: u32, end: u32 },
    /// That many random words of the span.
    Random { count: u32 },
}

/// The seed of the random addresses.
const RANDOM_SEED: u64 = 42;

/// Turns a random number into the address of an aligned word of the span.
const MASK: u32 = (SPAN - 1) & !7;

impl Pattern {
    /// The name of the function that performs an access in this pattern.
    pub fn function(&self, access: &str) -> String {
        match self {
            Self::Stride { .. } => format!("stride: {access}"),
            Self::Random { .. } => format!("random: {access}"),
        }
    }

    /// The arguments between the number of sweeps and the length of copies.
    pub fn arguments(&self) -> [crate::receipt::Value; 3] {
        use crate::receipt::Value::{I32, I64};
        match *self {
            Self::Stride { start, step, end } => [I32(start as i32), I32(step as i32), I32(end as i32)],
            Self::Random { count } => [I64(RANDOM_SEED as i64), I32(count as i32), I32(MASK as i32)],
        }
    }

    /// The addresses of one sweep, in order.
    pub fn addresses(&self) -> Vec<u64> {
        match *self {
            Self::Stride { start, step, end } => (start..end).step_by(step as usize).map(u64::from).collect(),
            Self::Random { count } => {
                let mut x = RANDOM_SEED;
                let mut draw = || {
                    x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    u64::from((x >> 33) as u32 & MASK)
                };
                (0..count).map(|_| draw()).collect()
            }
        }
    }
}

/// The operation at each address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Adds a word to the sum.
    Load,
    /// Adds the eight words of a record to the sum.
    LoadRecord,
    /// Adds a big-endian word to the sum, as registers have it.
    LoadBigEndian,
    /// Writes a word.
    Store,
    /// Copies this number of bytes to own memory, and adds the first of them to the sum.
    CopyIn(u32),
    /// Copies this number of bytes from own memory.
    CopyOut(u32),
    /// Leaves storage alone.
    Nothing,
}

impl Operation {
    /// Accesses at each address.
    pub fn accesses(self) -> u64 {
        match self {
            Self::LoadRecord => RECORD.len() as u64,
            _ => 1,
        }
    }
}

/// The initial storage.
pub fn initial() -> Linear {
    let mut storage = Linear::default();
    for at in (0..u64::from(SPAN)).step_by(8) {
        storage.store(at, at.wrapping_mul(PATTERN));
    }
    storage
}

/// The sum of one sweep, and the storage after it. Further sweeps do not change storage again.
pub fn sweep(pattern: Pattern, operation: Operation) -> (u64, Linear) {
    let mut storage = initial();
    let mut sum = 0u64;
    for at in pattern.addresses() {
        match operation {
            Operation::Load => sum = sum.wrapping_add(storage.load(at)),
            Operation::LoadRecord => {
                sum = RECORD.iter().fold(sum, |sum, offset| sum.wrapping_add(storage.load(at + u64::from(*offset))));
            }
            Operation::LoadBigEndian => sum = sum.wrapping_add(storage.load(at).swap_bytes()),
            Operation::Store => storage.store(at, STORED),
            Operation::CopyIn(_) => sum += u64::from(storage.bytes(at, 1)[0]),
            Operation::CopyOut(length) => storage.bytes(at, length as usize).fill(FILLING),
            Operation::Nothing => {}
        }
    }
    (sum, storage)
}
