//! What the functions of the contracts must give and leave behind.

use super::contract::{FILLING, PATTERN, RECORD, SPAN, STORED};
use crate::lab::workloads::Linear;

/// Which addresses a pass goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// From `start` in steps, below `end`.
    Sweep { start: u32, step: u32, end: u32 },
    /// That many whole words drawn from all of the span.
    Random { count: u32 },
}

/// Where the random addresses begin.
const RANDOM_SEED: u64 = 42;

/// Keeps a random number below the span, and whole words apart.
const MASK: u32 = (SPAN - 1) & !7;

impl Pattern {
    /// The prefix of the functions that go this way.
    pub fn function(&self, access: &str) -> String {
        match self {
            Self::Sweep { .. } => format!("sweep: {access}"),
            Self::Random { .. } => format!("random: {access}"),
        }
    }

    /// The arguments between the number of passes and the length of copies.
    pub fn arguments(&self) -> [crate::receipt::Value; 3] {
        use crate::receipt::Value::{I32, I64};
        match *self {
            Self::Sweep { start, step, end } => [I32(start as i32), I32(step as i32), I32(end as i32)],
            Self::Random { count } => [I64(RANDOM_SEED as i64), I32(count as i32), I32(MASK as i32)],
        }
    }

    /// The addresses of one pass, in order.
    pub fn addresses(&self) -> Vec<u64> {
        match *self {
            Self::Sweep { start, step, end } => (start..end).step_by(step as usize).map(u64::from).collect(),
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

/// What is done at each address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A word is added to the sum.
    Load,
    /// The eight words of a record are added to the sum.
    LoadRecord,
    /// A word is added to the sum, as a register gives it.
    LoadBigEndian,
    /// A word is written.
    Store,
    /// That many bytes are copied to own memory, and the first of them is added to the sum.
    CopyIn(u32),
    /// That many bytes are copied from own memory.
    CopyOut(u32),
    /// Nothing but a host call.
    Nothing,
}

impl Deed {
    /// Accesses at each address.
    pub fn accesses(self) -> u64 {
        match self {
            Self::LoadRecord => RECORD.len() as u64,
            _ => 1,
        }
    }
}

/// Storage before anything is measured.
pub fn initial() -> Linear {
    let mut storage = Linear::default();
    for at in (0..u64::from(SPAN)).step_by(8) {
        storage.store(at, at.wrapping_mul(PATTERN));
    }
    storage
}

/// What one pass adds to the sum, and storage after it (more passes change nothing more).
pub fn pass(pattern: Pattern, deed: Deed) -> (u64, Linear) {
    let mut storage = initial();
    let mut sum = 0u64;
    for at in pattern.addresses() {
        match deed {
            Deed::Load => sum = sum.wrapping_add(storage.load(at)),
            Deed::LoadRecord => {
                sum = RECORD.iter().fold(sum, |sum, offset| sum.wrapping_add(storage.load(at + u64::from(*offset))));
            }
            Deed::LoadBigEndian => sum = sum.wrapping_add(storage.load(at).swap_bytes()),
            Deed::Store => storage.store(at, STORED),
            Deed::CopyIn(_) => sum += u64::from(storage.bytes(at, 1)[0]),
            Deed::CopyOut(length) => storage.bytes(at, length as usize).fill(FILLING),
            Deed::Nothing => {}
        }
    }
    (sum, storage)
}
