//! The path from the world root to one address, which is the proof of its account.

use super::block_id::digit;
use super::reader::below;
use super::{Subtree, WorldBlockId, WorldBlocks};
use crate::store::StoreError;
use crate::units::{Address, WorldRoot};

/// The path to an address in the world tree, even if the address has no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldPath {
    /// The world root, at which it starts.
    pub root: WorldRoot,
    /// The hash of the subtree beside each node of the path, the topmost first.
    pub siblings: Vec<[u8; 32]>,
    /// The end of the path: the account, a different account that is alone in its subtree, or an empty subtree. Never a node.
    pub end: Subtree,
}

/// Follows the bits of an address down to a subtree with at most one account. Reads the blocks on the path.
pub fn path(reader: &impl WorldBlocks, address: &Address) -> Result<WorldPath, StoreError> {
    let mut path = WorldPath { root: WorldRoot::ZERO, siblings: Vec::new(), end: Subtree::Empty };
    let mut id = WorldBlockId::TOP;
    let Some(top) = reader.read(id)? else { return Ok(path) };
    let mut nodes = top.nodes();
    path.end = nodes.subtree();
    path.root = WorldRoot(path.end.hash());
    loop {
        let slot = digit(address, id.level());
        for (node, sibling) in nodes.way_to(slot) {
            if !matches!(path.end, Subtree::Node(_)) {
                return Ok(path);
            }
            path.end = node;
            path.siblings.push(sibling.hash());
        }
        if !matches!(path.end, Subtree::Node(_)) {
            return Ok(path);
        }
        id = id.child(slot);
        nodes = below(reader, id, path.end)?;
    }
}
