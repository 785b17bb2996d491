//! The stopwatch that times the phases of a transaction.

use std::time::Instant;

use crate::receipt::{Phase, Split};

/// A stopwatch that runs from the start of a transaction to its end.
#[derive(Debug)]
pub(super) struct Stopwatch {
    last_lap: Instant,
    split: Split,
}

impl Stopwatch {
    /// A stopwatch that was started at `begun`.
    pub(super) fn started(begun: Instant) -> Self {
        Self { last_lap: begun, split: Split::default() }
    }

    /// Adds the time since the last lap to a phase.
    pub(super) fn lap(&mut self, phase: Phase) {
        let now = Instant::now();
        self.split.add(phase, now - self.last_lap);
        self.last_lap = now;
    }

    /// The time of each phase.
    pub(super) fn split(&self) -> Split {
        self.split
    }
}

/// Adds the time since the last lap to a phase, if phases are timed.
pub(super) fn lap(stopwatch: &mut Option<Box<Stopwatch>>, phase: Phase) {
    if let Some(stopwatch) = stopwatch {
        stopwatch.lap(phase);
    }
}
