//! The state tree of a contract: a binary tree over its page hashes, stored in blocks of four levels.
//!
//! ```text
//! level 0    ┌─ block 0 ──────────────────────────┐
//!            │ 2 + 4 + 8 inner nodes, 16 leaves   │
//!            └──────────────────┬─────────────────┘      a leaf is the root of the block below
//! level 1    ┌─ blocks 0 … 15 ──┴─────────────────┐
//!   …                                                    level l has 16^l blocks
//! level 4    ┌─ blocks 0 … 65,535 ────────────────┐      a leaf is a page hash: block i covers pages 16i … 16i + 15
//! ```
//! The **depth** of a tree is the smallest d for which all non-zero pages have indexes below 2^d. The **top** is the node over pages
//! 0 … 2^d - 1. The state root is the hash of d and the top. The top lies in the leftmost block of its level, and the tree has
//! neither nodes nor blocks above it. The depth grows and shrinks with the pages.
//!
//! A block contains its inner nodes, so no sibling has to be hashed again: a changed page costs one block of each level and d
//! node hashes. A subtree without pages is zero and is not stored. Neither is a block without leaves.
//!
//! Invariants
//! 1. A node below the top is zero if and only if no page below it is stored. (Kept by `hash::node`; verified by the check of a
//!    store.)
//! 2. A block is stored if and only if its parent has a leaf for it, or it contains the top. (Verified by `change` on each path.)

mod block;
mod block_id;
mod change;
mod leaf;
mod update;

pub use block_id::BlockId;
pub use update::TreeUpdate;

pub(super) use block::Block;
pub(super) use block_id::{BITS_PER_LEVEL, LEAVES, LEVELS};
pub(super) use change::{above, after, update};
pub(super) use leaf::Leaf;
pub(super) use update::{BlockReader, NoBlocks};

#[cfg(test)]
mod tests;
