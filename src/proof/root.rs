//! The root to which a proof leads.

use std::fmt;

use crate::units::{StateRoot, WorldRoot};

/// The root to which a proof leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The state root of the contract.
    State(StateRoot),
    /// The world root, over all accounts.
    World(WorldRoot),
}

impl Root {
    /// Returns the bytes of the root.
    pub fn as_bytes(&self) -> &[u8; 32] {
        match self {
            Self::State(root) => root.as_bytes(),
            Self::World(root) => root.as_bytes(),
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(root) => write!(f, "state root {root}"),
            Self::World(root) => write!(f, "world root {root}"),
        }
    }
}
