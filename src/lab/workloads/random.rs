//! Seeds of steps, and the random numbers that are drawn from them.

/// A seed for a step: any spread of bits will do, and it is never 0.
pub(super) fn seed(index: u64) -> i64 {
    ((index + 1).wrapping_mul(GOLDEN) | 1) as i64
}

/// 2^64 divided by the golden ratio: its multiples are spread evenly.
pub(super) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random numbers that the contracts draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// Below `bound`, from the high bits, which are the random ones.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }
}
