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
mod kept;
mod nodes;
mod path;
mod update;

pub use block::{Subtree, WorldBlock, WorldBlockId};
pub(super) use kept::{KeptWorld, after, decode_mark, encode_mark};
pub use kept::{WorldChange, WorldPart, anew, part};
pub use path::{WorldPath, path};
pub use update::{WorldUpdate, update};

use std::collections::BTreeMap;

use nodes::Nodes;

use super::codec::DecodeError;
use super::{Record, Snapshot, StoreError, hash};
use crate::units::{Address, WorldRoot};

/// Where the blocks of a world tree are read from.
pub trait WorldBlocks {
    /// A block, or nothing if it is not stored.
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError>;
}

/// The nodes of the block below a slot that holds a node, which says what they come to.
fn below(reader: &impl WorldBlocks, id: WorldBlockId, slot: Subtree) -> Result<Nodes, StoreError> {
    let damaged = |problem| Record::WorldBlock(id).damaged(problem);
    let nodes = reader.read(id)?.ok_or_else(|| damaged(DecodeError::Missing))?.nodes();
    if nodes.subtree() == slot { Ok(nodes) } else { Err(damaged(DecodeError::Hash)) }
}

/// A world tree in memory.
#[derive(Debug, Clone, Default)]
pub struct WorldTree {
    pub(crate) blocks: BTreeMap<WorldBlockId, WorldBlock>,
}

impl WorldTree {
    /// The tree over all accounts of a moment, worked out from the accounts alone.
    pub fn of(snapshot: &(impl Snapshot + ?Sized)) -> Result<Self, StoreError> {
        let mut leaves = Vec::new();
        for address in snapshot.addresses()? {
            let account = snapshot.account(&address)?;
            let account = account.ok_or(Record::Account(address).damaged(DecodeError::Missing))?;
            leaves.push((address, Some(hash::account_leaf(&address, &account))));
        }
        let mut tree = Self::default();
        tree.change(&leaves)?;
        Ok(tree)
    }

    /// Changes accounts, which are in ascending order of their addresses, each once. Returns the new root.
    pub fn change(&mut self, changes: &[(Address, Option<[u8; 32]>)]) -> Result<WorldRoot, StoreError> {
        let update = update(self, changes)?;
        let root = update.root;
        self.take(update.blocks);
        Ok(root)
    }

    /// Takes over the blocks of an update.
    pub(super) fn take(&mut self, blocks: impl IntoIterator<Item = WorldBlock>) {
        for block in blocks {
            if block.is_empty() {
                self.blocks.remove(&block.id());
            } else {
                self.blocks.insert(block.id(), block);
            }
        }
    }
}

impl WorldBlocks for WorldTree {
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError> {
        Ok(self.blocks.get(&id).cloned())
    }
}

#[cfg(test)]
mod tests;
