//! Subtrees of the world tree.

use crate::store::hash::{ZERO_NODE, world_node};
use crate::units::Address;

/// A subtree of the world tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subtree {
    /// No account.
    #[default]
    Empty,
    /// One account, by its address and its hash.
    Account(Address, [u8; 32]),
    /// Two accounts or more, by the hash of their node.
    Node([u8; 32]),
}

impl Subtree {
    /// Returns the hash of the subtree.
    pub fn hash(&self) -> [u8; 32] {
        match *self {
            Self::Empty => ZERO_NODE,
            Self::Account(_, hash) | Self::Node(hash) => hash,
        }
    }

    /// Joins two subtrees. A single account moves up unchanged.
    pub(super) fn join(left: &Self, right: &Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (Self::Empty, alone @ Self::Account(..)) | (alone @ Self::Account(..), Self::Empty) => *alone,
            _ => Self::Node(world_node(&left.hash(), &right.hash())),
        }
    }
}
