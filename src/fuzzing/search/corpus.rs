//! The corpus: the sequences that reached something new. The search continues from them.

use std::collections::VecDeque;

use fastrand::Rng;

use super::sequence::Step;
use crate::store::MemoryMark;

/// The number of sequences that are compared to pick one.
const CANDIDATES: usize = 4;

/// The greatest number of sequences. Beyond it the oldest are dropped.
const MOST_KEPT: usize = 4_096;

/// A sequence that has reached something new.
#[derive(Debug)]
pub(super) struct CorpusEntry {
    pub(super) steps: Vec<Step>,
    /// The states before and after its last step. `None` if the actors have changed since.
    pub(super) states: Option<(MemoryMark, MemoryMark)>,
    /// True if its last transaction returned. If not, both states are the same.
    pub(super) returned: bool,
    /// The number of calls of the attacker in its last transaction.
    pub(super) callbacks: usize,
    /// True if it has a new clash signal.
    pub(super) clashes: bool,
    /// How often the search has continued from it.
    pub(super) chosen: u32,
}

/// The kept sequences, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Corpus(VecDeque<CorpusEntry>);

impl Corpus {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn keep(&mut self, kept: CorpusEntry) {
        if self.0.len() == MOST_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(kept);
    }

    /// Picks a sequence: of some random ones the one that was picked least for its worth. Clashes are worth most.
    pub(super) fn pick(&mut self, rng: &mut Rng) -> Option<&CorpusEntry> {
        if self.0.is_empty() {
            return None;
        }
        let candidates = (0..CANDIDATES).map(|_| rng.usize(..self.0.len()));
        let rank = |at: &usize| {
            let kept = &self.0[*at];
            let worth = 1 + u32::from(kept.callbacks > 0) * 2 + u32::from(kept.clashes) * 4;
            (kept.chosen * 8 / worth, std::cmp::Reverse(*at))
        };
        let picked = candidates.min_by_key(rank)?;
        self.0[picked].chosen += 1;
        Some(&self.0[picked])
    }

    /// Drops all states. They are of no use once the actors have other addresses.
    pub(super) fn forget_states(&mut self) {
        self.0.iter_mut().for_each(|kept| kept.states = None);
    }
}
