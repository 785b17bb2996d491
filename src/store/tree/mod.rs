//! The state tree of a contract: a binary tree of depth 20 over its page hashes, kept in blocks of four levels.
//!
//! ```text
//! level 0    ┌─ block 0 ──────────────────────────┐      its root is the state root, which the account keeps
//!            │ 2 + 4 + 8 inner nodes, 16 leaves   │
//!            └──────────────────┬─────────────────┘      a leaf is the root of the block below
//! level 1    ┌─ blocks 0 … 15 ──┴─────────────────┐
//!   …                                                    level l has 16^l blocks
//! level 4    ┌─ blocks 0 … 65,535 ────────────────┐      a leaf is a page hash: block i covers pages 16i … 16i + 15
//! ```
//! A block keeps its inner nodes too, so a changed page costs five block reads and twenty node hashes, and no hash of
//! a sibling is made again. A subtree without pages is zero and not kept; nor is a block without leaves.
//!
//! Invariants
//! 1. A node is zero if and only if no page below it is stored. So sixteen bits, one a leaf, say which nodes a block
//!    has. (Kept by `hash::node`; the check of a store compares.)
//! 2. A block is stored if and only if its parent has a leaf for it. (Compared in `update`, on every path it takes.)

mod block;
mod block_id;
mod leaf;
mod update;

pub use block_id::BlockId;
pub use update::TreeUpdate;

pub(super) use block::Block;
pub(super) use block_id::{BITS_PER_LEVEL, LEAVES, LEVELS};
pub(super) use leaf::Leaf;
pub(super) use update::{BlockReader, NoBlocks, above, after, update};

#[cfg(test)]
mod tests;
