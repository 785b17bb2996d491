//! The binary tree within one block, worked out where it changes.

use super::Subtree;
use super::block_id::{SLOTS, digit};

/// The nodes of a block. The first of all is the whole block; the n-th is over the two from 2n on; the slots are the last.
pub(super) struct Nodes([Subtree; 2 * SLOTS]);

/// Where the whole block is.
const WHOLE: usize = 1;

impl Nodes {
    /// Those over sixteen slots.
    pub(super) fn over(slots: &[Subtree; SLOTS]) -> Self {
        let mut nodes = Self::EMPTY;
        nodes.0[SLOTS..].copy_from_slice(slots);
        nodes.join(u16::MAX);
        nodes
    }

    /// Those of a block without accounts.
    pub(super) const EMPTY: Self = Self([Subtree::Empty; 2 * SLOTS]);

    /// Those of a block of a level in which an account stands alone, if there is one.
    pub(super) fn alone(account: Subtree, level: u8) -> Self {
        let mut nodes = Self::EMPTY;
        if let Subtree::Account(address, _) = &account {
            let slot = digit(address, level);
            nodes.set(slot, account);
            nodes.join(1 << slot);
        }
        nodes
    }

    /// What the whole block comes to.
    pub(super) fn subtree(&self) -> Subtree {
        self.0[WHOLE]
    }

    /// What a slot holds.
    pub(super) fn slot(&self, slot: usize) -> Subtree {
        self.0[SLOTS + slot]
    }

    /// All slots.
    pub(super) fn slots(&self) -> [Subtree; SLOTS] {
        std::array::from_fn(|slot| self.slot(slot))
    }

    /// The nodes on the way down to a slot, each with the one beside it, the topmost first; without the whole block.
    pub(super) fn way_to(&self, slot: usize) -> impl Iterator<Item = (Subtree, Subtree)> {
        let node = SLOTS + slot;
        (0..SLOTS.ilog2()).rev().map(move |height| (self.0[node >> height], self.0[node >> height ^ 1]))
    }

    /// Changes a slot. What is above it stays as it was until [`join`](Self::join).
    pub(super) fn set(&mut self, slot: usize, subtree: Subtree) {
        self.0[SLOTS + slot] = subtree;
    }

    /// Works out what is above some slots, each of which is a bit.
    pub(super) fn join(&mut self, slots: u16) {
        let mut changed = u32::from(slots) << SLOTS;
        for node in (WHOLE..SLOTS).rev() {
            if changed >> (2 * node) & 0b11 != 0 {
                self.0[node] = Subtree::join(&self.0[2 * node], &self.0[2 * node + 1]);
                changed |= 1 << node;
            }
        }
    }
}
