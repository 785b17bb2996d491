//! A changed leaf of a tree block, the input of each level of an update.

use crate::store::hash::NodeHash;

/// A changed leaf.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Leaf {
    /// Its index in its level; for a page hash, the page index.
    pub(in crate::store) index: u32,
    /// Its new hash.
    pub(in crate::store) hash: NodeHash,
    pub(super) before: Before,
}

/// The block below a leaf before the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Unknown: the leaf is a page hash, or the block below it was updated earlier than those above it.
    Unknown,
    EmptyBlock,
    Block,
}

impl Leaf {
    pub(in crate::store) fn page(index: u32, hash: NodeHash) -> Self {
        Self { index, hash, before: Before::Unknown }
    }
}
