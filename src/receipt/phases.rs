//! Where a transaction's time goes.

use std::time::Duration;

/// A part of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From the request to the first instruction: the moment of the store, account, code, frames and instance.
    Start,
    /// The contract's code with the host functions that it calls, and the calls inside it.
    Execution,
    /// Making pages ready, at entry and at the faults that come as calls. Of faults that come as signals the kernel has a
    /// part that no stopwatch of the process sees: they are in the execution.
    Faults,
    /// Comparing pages with their committed bytes.
    Diff,
    /// Hashing the pages that changed and the nodes above them.
    Hashing,
    /// Handing everything to the store, until it is committed.
    Commit,
    /// Making the receipt, and putting frames and instances back for the next transaction.
    Receipt,
}

impl Phase {
    /// All of them, in the order in which a transaction goes through them.
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Execution, Self::Faults, Self::Diff, Self::Hashing, Self::Commit, Self::Receipt];

    /// As a word.
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

/// How long each part of a transaction took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split([Duration; Phase::ALL.len()]);

impl Split {
    /// How long a part took.
    pub fn of(&self, phase: Phase) -> Duration {
        self.0[phase as usize]
    }

    /// A part took so much more.
    pub(crate) fn add(&mut self, phase: Phase, time: Duration) {
        self.0[phase as usize] += time;
    }
}
