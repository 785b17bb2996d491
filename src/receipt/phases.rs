//! The phases of a transaction and their times.

use std::time::Duration;

/// A part of a transaction that is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From the request to the first instruction: to get the snapshot, account, code, region and instance.
    Start,
    /// The code of the contracts and the host functions that it calls, including nested calls.
    Execution,
    /// Loading pages, at the start and in software faults. Hardware faults count as execution, as part of their time is spent
    /// in the kernel, where the process cannot measure it.
    Faults,
    /// Comparing dirty pages with their committed bytes.
    Diff,
    /// Hashing the changed pages and the tree nodes above them.
    Hashing,
    /// The commit by the store.
    Commit,
    /// Making the receipt, and returning regions and machines to the pool.
    Receipt,
}

impl Phase {
    /// All phases, in the order of a transaction.
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Execution, Self::Faults, Self::Diff, Self::Hashing, Self::Commit, Self::Receipt];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Execution => "execution",
            Self::Faults => "faults",
            Self::Diff => "diff",
            Self::Hashing => "hashing",
            Self::Commit => "commit",
            Self::Receipt => "receipt",
        }
    }
}

/// The time that a transaction spent in each phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split([Duration; Phase::ALL.len()]);

impl Split {
    /// Returns the time of a phase.
    pub fn of(&self, phase: Phase) -> Duration {
        self.0[phase as usize]
    }

    /// Adds to the time of a phase.
    pub(crate) fn add(&mut self, phase: Phase, time: Duration) {
        self.0[phase as usize] += time;
    }
}
