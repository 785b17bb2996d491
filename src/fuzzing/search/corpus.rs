//! The sequences that reached something new, and which of them is gone on from.

use std::collections::VecDeque;

use fastrand::Rng;

use super::sequence::Step;
use crate::store::MemoryMark;

/// Sequences that are compared when one is picked.
const CANDIDATES: usize = 4;

/// Sequences kept at most; the oldest make room.
const MOST_KEPT: usize = 4_096;

/// A sequence that has reached something new.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) steps: Vec<Step>,
    /// The states before and after its last step; nothing where the actors have changed since.
    pub(super) states: Option<(MemoryMark, MemoryMark)>,
    /// Whether its last transaction returned; if not, both states are the same.
    pub(super) returned: bool,
    /// How often the attacker was called in its last transaction.
    pub(super) callbacks: usize,
    /// Whether it has shown a call that disturbs the one which it interrupts.
    pub(super) clashes: bool,
    /// How often it was gone on from.
    pub(super) chosen: u32,
}

/// The sequences kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Corpus(VecDeque<Kept>);

impl Corpus {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn keep(&mut self, kept: Kept) {
        if self.0.len() == MOST_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(kept);
    }

    /// One of the sequences, if there are any: rather one that was seldom gone on from, and in which calls clash.
    pub(super) fn pick(&mut self, rng: &mut Rng) -> Option<&Kept> {
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

    /// The world has changed, and no state of it that was kept can be gone to.
    pub(super) fn forget_states(&mut self) {
        self.0.iter_mut().for_each(|kept| kept.states = None);
    }
}
