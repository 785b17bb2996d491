//! A stopwatch that is read where one part of a transaction ends and the next begins.

use std::time::Instant;

use crate::receipt::{Phase, Split};

/// Runs from the beginning of a transaction on.
#[derive(Debug)]
pub(super) struct Stopwatch {
    read: Instant,
    split: Split,
}

impl Stopwatch {
    /// One that was started at that moment.
    pub(super) fn started(read: Instant) -> Self {
        Self { read, split: Split::default() }
    }

    /// What went on since it was last read was this.
    pub(super) fn was(&mut self, phase: Phase) {
        let now = Instant::now();
        self.split.add(phase, now - self.read);
        self.read = now;
    }

    pub(super) fn split(&self) -> Split {
        self.split
    }
}

/// What went on since a stopwatch was last read was this, if there is one.
pub(super) fn was(stopwatch: &mut Option<Box<Stopwatch>>, phase: Phase) {
    if let Some(stopwatch) = stopwatch {
        stopwatch.was(phase);
    }
}
