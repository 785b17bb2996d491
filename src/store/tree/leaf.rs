//! A changed leaf of a block: what a change of a tree begins with, and what it hands up from level to level.

use crate::store::hash::NodeHash;

/// A changed leaf.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Leaf {
    /// Its place in its level: for a page hash, the page index.
    pub(in crate::store) index: u32,
    /// What it is now.
    pub(in crate::store) hash: NodeHash,
    pub(super) before: Before,
}

/// What the child of a leaf was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Not known: the tree knows no pages before, and nothing of a block that was changed before those above it.
    Unknown,
    EmptyBlock,
    Block,
}

impl Leaf {
    pub(in crate::store) fn page(index: u32, hash: NodeHash) -> Self {
        Self { index, hash, before: Before::Unknown }
    }
}
