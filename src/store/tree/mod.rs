//! The state tree of a contract: a binary tree over its page hashes, kept in blocks of four levels.
//!
//! ```text
//! level 0    ┌─ block 0 ──────────────────────────┐
//!            │ 2 + 4 + 8 inner nodes, 16 leaves   │
//!            └──────────────────┬─────────────────┘      a leaf is the root of the block below
//! level 1    ┌─ blocks 0 … 15 ──┴─────────────────┐
//!   …                                                    level l has 16^l blocks
//! level 4    ┌─ blocks 0 … 65,535 ────────────────┐      a leaf is a page hash: block i covers pages 16i … 16i + 15
//! ```
//! The tree of a contract is as deep as its pages need: its **depth** is the smallest d with all pages that are not zero below
//! index 2^d, and the state root is hashed from d and the node over pages 0 … 2^d - 1, the **top**. The top lies in the leftmost
//! block of some level; there are no blocks of the levels above it, and no nodes above it. The depth grows and shrinks with the
//! pages.
//!
//! A block keeps its inner nodes too, so a changed page costs a block of each level and as many node hashes as the tree is deep,
//! and no hash of a sibling is made again. A subtree without pages is zero and not kept; nor is a block without leaves.
//!
//! Invariants
//! 1. A node below the top is zero if and only if no page below it is stored. (Kept by `hash::node`; the check of a store
//!    compares.)
//! 2. A block is stored if and only if its parent has a leaf for it, or it holds the top. (Compared in `change`, on every path it
//!    takes.)

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
