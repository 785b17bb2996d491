//! The clock that times the samples.

use std::time::{Duration, Instant};

/// The smallest step between two different readings of the clock, the cost of a reading included.
pub fn clock_step() -> Duration {
    (0..200).map(|_| one_step()).min().unwrap_or_default()
}

fn one_step() -> Duration {
    let start = Instant::now();
    loop {
        let passed = start.elapsed();
        if !passed.is_zero() {
            return passed;
        }
    }
}
