//! Seeds of steps, and the random numbers drawn from them.

/// The seed of a step: spread over all bits, and never 0.
pub(super) fn seed(index: u64) -> i64 {
    ((index + 1).wrapping_mul(GOLDEN) | 1) as i64
}

/// 2^64 divided by the golden ratio. Its multiples modulo 2^64 are spread evenly.
pub(super) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random number generator of the contracts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// A number below `bound`. It comes from the high bits: the low ones are less random.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }
}
