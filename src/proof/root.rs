//! What a proof leads to.

use std::fmt;

use crate::units::{StateRoot, WorldRoot};

/// What a proof leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The state of the contract.
    State(StateRoot),
    /// All accounts.
    World(WorldRoot),
}

impl Root {
    /// The bytes of the root.
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
