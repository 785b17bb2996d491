//! The binary tree within one block.

use super::Subtree;
use super::block_id::{SLOTS, digit};

/// The nodes of a block in heap order: node 1 is the root, the children of n are 2n and 2n + 1, and the slots are the last.
pub(super) struct Nodes([Subtree; 2 * SLOTS]);

/// The index of the root.
const ROOT: usize = 1;

impl Nodes {
    /// Computes the nodes over sixteen slots.
    pub(super) fn over(slots: &[Subtree; SLOTS]) -> Self {
        let mut nodes = Self::EMPTY;
        nodes.0[SLOTS..].copy_from_slice(slots);
        nodes.join(u16::MAX);
        nodes
    }

    /// The nodes of a block without accounts.
    pub(super) const EMPTY: Self = Self([Subtree::Empty; 2 * SLOTS]);

    /// Returns the nodes of a block at a level with a single account, or of an empty block if `account` is not an account.
    pub(super) fn alone(account: Subtree, level: u8) -> Self {
        let mut nodes = Self::EMPTY;
        if let Subtree::Account(address, _) = &account {
            let slot = digit(address, level);
            nodes.set(slot, account);
            nodes.join(1 << slot);
        }
        nodes
    }

    /// Returns the root: the subtree of the whole block.
    pub(super) fn subtree(&self) -> Subtree {
        self.0[ROOT]
    }

    /// Returns the content of a slot.
    pub(super) fn slot(&self, slot: usize) -> Subtree {
        self.0[SLOTS + slot]
    }

    /// Returns all slots.
    pub(super) fn slots(&self) -> [Subtree; SLOTS] {
        std::array::from_fn(|slot| self.slot(slot))
    }

    /// Returns the nodes on the path to a slot, each with its sibling, the topmost first and without the root.
    pub(super) fn way_to(&self, slot: usize) -> impl Iterator<Item = (Subtree, Subtree)> {
        let node = SLOTS + slot;
        (0..SLOTS.ilog2()).rev().map(move |height| (self.0[node >> height], self.0[node >> height ^ 1]))
    }

    /// Changes a slot. The nodes above it stay as they are until [`join`](Self::join) is called.
    pub(super) fn set(&mut self, slot: usize, subtree: Subtree) {
        self.0[SLOTS + slot] = subtree;
    }

    /// Computes the nodes above some slots: bit k of `slots` for slot k.
    pub(super) fn join(&mut self, slots: u16) {
        let mut changed = u32::from(slots) << SLOTS;
        for node in (ROOT..SLOTS).rev() {
            if changed >> (2 * node) & 0b11 != 0 {
                self.0[node] = Subtree::join(&self.0[2 * node], &self.0[2 * node + 1]);
                changed |= 1 << node;
            }
        }
    }
}
