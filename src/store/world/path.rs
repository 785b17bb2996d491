//! The path from the world root to the place of one address: what a proof of its account consists of.

use super::WorldBlocks;
use super::block::{BITS_PER_LEVEL, Subtree, WorldBlockId, digit};
use crate::store::{DecodeError, Record, StoreError};
use crate::units::{Address, WorldRoot};

/// Where an address stands in the world tree, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldPath {
    /// The root that it begins at.
    pub root: WorldRoot,
    /// The hash of the subtree beside each node of the path, the topmost first.
    pub siblings: Vec<[u8; 32]>,
    /// What the path ends at: the account, another account that has the place to itself, or nothing. Never a node.
    pub end: Subtree,
}

/// Follows the bits of an address down to where there is at most one account. Reads the blocks on the path.
pub fn path(reader: &impl WorldBlocks, address: &Address) -> Result<WorldPath, StoreError> {
    let mut path = WorldPath { root: WorldRoot::ZERO, siblings: Vec::new(), end: Subtree::Empty };
    let mut id = WorldBlockId::TOP;
    let Some(mut block) = reader.read(id)? else { return Ok(path) };
    path.root = WorldRoot(block.subtree().hash());
    loop {
        let rows = block.rows();
        let place = digit(address, id.level());
        path.end = rows[BITS_PER_LEVEL as usize][0];
        for height in (0..BITS_PER_LEVEL as usize).rev() {
            if !matches!(path.end, Subtree::Node(_)) {
                return Ok(path);
            }
            path.end = rows[height][place >> height];
            path.siblings.push(rows[height][(place >> height) ^ 1].hash());
        }
        if !matches!(path.end, Subtree::Node(_)) {
            return Ok(path);
        }
        id = id.child(place);
        block = reader.read(id)?.ok_or_else(|| Record::WorldBlock(id).damaged(DecodeError::Missing))?;
    }
}
