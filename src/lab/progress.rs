//! How a run goes on, for a person who waits.

use std::time::Duration;

/// Told how a run goes on.
pub trait Progress {
    /// A run begins that is expected to take so long.
    fn begin(&mut self, expected: Duration);

    /// This is measured now.
    fn working_on(&mut self, what: &str);

    /// What was expected to take so long is done.
    fn done(&mut self, planned: Duration);
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn done(&mut self, _planned: Duration) {}
}

/// The part of a plan that is believed before there is anything to learn from: a twentieth.
const BELIEVED: u32 = 20;

/// About how long a run still takes of which `done` is done after `elapsed`, `expected` in all: what is left of the plan, at
/// the pace that this machine has shown until now.
pub fn time_left(expected: Duration, done: Duration, elapsed: Duration) -> Duration {
    let believed = expected / BELIEVED;
    let pace = (elapsed + believed).as_secs_f64() / (done + believed).as_secs_f64().max(f64::MIN_POSITIVE);
    Duration::try_from_secs_f64(expected.saturating_sub(done).as_secs_f64() * pace).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said to be left after a share of a plan of so many seconds, on a machine that takes so many times as long.
    fn left(expected: f64, share: f64, pace: f64) -> f64 {
        let seconds = Duration::from_secs_f64;
        time_left(seconds(expected), seconds(expected * share), seconds(expected * share * pace)).as_secs_f64()
    }

    #[test]
    fn time_left_follows_the_pace_of_the_machine() {
        assert_eq!(left(600.0, 0.0, 2.0), 600.0);
        assert!((left(600.0, 0.5, 1.0) - 300.0).abs() < 1e-6);
        let slow = left(600.0, 0.5, 2.0);
        assert!((540.0..600.0).contains(&slow), "{slow}");
        let soon = left(600.0, 0.1, 2.0);
        assert!((850.0..1_080.0).contains(&soon), "{soon}");
        assert_eq!(left(600.0, 1.0, 2.0), 0.0);
        assert_eq!(left(0.0, 1.0, 2.0), 0.0);
    }
}
