//! The world tree: a binary tree over all accounts, which branches on the bits of their addresses. It is stored in blocks of four
//! levels.
//!
//! ```text
//! level 0    ┌─ block of no digits ───────────────┐      its root is the world root
//!            │ 16 slots, one a hexadecimal digit  │
//!            └──────────────────┬─────────────────┘      a slot is empty, or one account,
//! level 1    ┌─ block of the digit 3 ─────────────┐      or the root of the block below, which holds two or more
//!   …
//! level 39   the last digit of an address, where any two accounts differ at the latest
//! ```
//! Among n accounts with random addresses, a change reads and writes about log16(n) + 1 blocks. It hashes the fifteen nodes of each
//! block that it reads, and then the nodes above the changed slots.
//!
//! Invariants
//! 1. A block below the top is stored if and only if at least two accounts lie below it. The top is stored if any account exists.
//! 2. An account lies in the highest block in which no other account shares its slot.
//! 3. A slot contains the hash of the block below it.
//!
//! All are kept by [`update`]. [`WorldBlock::decode`] verifies the first two within a block. The third is verified by `below` for
//! each block on a path.

mod block;
mod block_id;
mod change;
mod kept;
mod nodes;
mod path;
mod reader;
mod subtree;
mod tree;
mod update;

pub use block::WorldBlock;
pub use block_id::WorldBlockId;
pub use change::WorldChange;
pub(super) use kept::{KeptWorld, after, decode_mark, encode_mark};
pub use kept::{WorldPart, part, rebuild};
pub use path::{WorldPath, path};
pub use reader::WorldBlocks;
pub use subtree::Subtree;
pub use tree::WorldTree;
pub use update::{WorldUpdate, update};

#[cfg(test)]
mod tests;
