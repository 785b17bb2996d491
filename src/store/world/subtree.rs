//! What lies below a place of the world tree.

use crate::store::hash::{ZERO_NODE, world_node};
use crate::units::Address;

/// What lies below a place of the world tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subtree {
    /// No account.
    #[default]
    Empty,
    /// One account, and the hash of all that is recorded of it.
    Account(Address, [u8; 32]),
    /// Two accounts or more, by the hash over them.
    Node([u8; 32]),
}

impl Subtree {
    /// What the subtree hashes to.
    pub fn hash(&self) -> [u8; 32] {
        match *self {
            Self::Empty => ZERO_NODE,
            Self::Account(_, hash) | Self::Node(hash) => hash,
        }
    }

    /// The subtree of two: an account that is alone passes up as it is.
    pub(super) fn join(left: &Self, right: &Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (Self::Empty, alone @ Self::Account(..)) | (alone @ Self::Account(..), Self::Empty) => *alone,
            _ => Self::Node(world_node(&left.hash(), &right.hash())),
        }
    }
}
