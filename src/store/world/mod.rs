//! The world tree: a binary tree over all accounts, which branches on the bits of their addresses, kept in blocks of
//! four levels.
//!
//! ```text
//! level 0    ┌─ block of no digits ───────────────┐      its root is the world root
//!            │ 16 slots, one a hexadecimal digit  │
//!            └──────────────────┬─────────────────┘      a slot is empty, or one account,
//! level 1    ┌─ block of the digit 3 ─────────────┐      or the root of the block below, which holds two or more
//!   …
//! level 39   the last digit of an address: two accounts are apart there at the latest
//! ```
//! Among n accounts with random addresses a change reads and writes about log16(n) + 1 blocks, and hashes of each the
//! fifteen nodes that it has, and then those above what changed.
//!
//! Invariants
//! 1. A block below the top is stored if and only if two accounts or more lie below it; the top if any account does.
//! 2. An account stands in the highest block in which its slot is its own.
//! 3. A slot says what the block below it hashes to.
//!
//! All are kept by [`update`]. [`WorldBlock::decode`] refuses a block that breaks the first two in itself; whoever goes down a
//! path compares the third.

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
pub use kept::{WorldPart, anew, part};
pub use path::{WorldPath, path};
pub use reader::WorldBlocks;
pub use subtree::Subtree;
pub use tree::WorldTree;
pub use update::{WorldUpdate, update};

#[cfg(test)]
mod tests;
