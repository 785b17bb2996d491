//! The progress of a run, for a person who waits for it.

use std::time::Duration;

/// Receives the progress of a run.
pub trait Progress {
    /// A run begins. It is planned to take `expected`.
    fn begin(&mut self, expected: Duration);

    /// The run now works on `what`.
    fn working_on(&mut self, what: &str);

    /// Work that was planned to take `planned` is finished.
    fn advance(&mut self, planned: Duration);
}

/// A receiver that ignores the progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&mut self, _expected: Duration) {}
    fn working_on(&mut self, _what: &str) {}
    fn advance(&mut self, _planned: Duration) {}
}

/// The estimate counts one `PRIOR_SHARE`th of the plan as already finished, at exactly the planned pace. The first work of a
/// run then has little influence.
const PRIOR_SHARE: u32 = 20;

/// Estimates the time left: the rest of the plan, at the pace of the run so far.
///
/// `expected` is the length of the whole plan, `done` the part of it that is finished, and `elapsed` the time that part
/// took.
pub fn time_left(expected: Duration, done: Duration, elapsed: Duration) -> Duration {
    let prior = expected / PRIOR_SHARE;
    let pace = (elapsed + prior).as_secs_f64() / (done + prior).as_secs_f64().max(f64::MIN_POSITIVE);
    Duration::try_from_secs_f64(expected.saturating_sub(done).as_secs_f64() * pace).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The estimate, in seconds, after `share` of a plan of `expected` seconds, on a host that takes `pace` times as long as
    /// planned.
    fn remaining(expected: f64, share: f64, pace: f64) -> f64 {
        let seconds = Duration::from_secs_f64;
        time_left(seconds(expected), seconds(expected * share), seconds(expected * share * pace)).as_secs_f64()
    }

    #[test]
    fn time_left_follows_the_pace_of_the_host() {
        assert_eq!(remaining(600.0, 0.0, 2.0), 600.0);
        assert!((remaining(600.0, 0.5, 1.0) - 300.0).abs() < 1e-6);
        let slow = remaining(600.0, 0.5, 2.0);
        assert!((540.0..600.0).contains(&slow), "{slow}");
        let soon = remaining(600.0, 0.1, 2.0);
        assert!((850.0..1_080.0).contains(&soon), "{soon}");
        assert_eq!(remaining(600.0, 1.0, 2.0), 0.0);
        assert_eq!(remaining(0.0, 1.0, 2.0), 0.0);
    }
}
