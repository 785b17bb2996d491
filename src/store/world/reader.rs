//! Reading the blocks of a world tree.

use super::nodes::Nodes;
use super::{Subtree, WorldBlock, WorldBlockId};
use crate::store::codec::DecodeError;
use crate::store::{Record, StoreError};

/// Reads the blocks of a world tree.
pub trait WorldBlocks {
    /// Returns a block, or `None` if it is not stored.
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError>;
}

/// Returns the nodes of the block below a slot that contains a node, after comparing their root with the slot.
pub(super) fn below(reader: &impl WorldBlocks, id: WorldBlockId, slot: Subtree) -> Result<Nodes, StoreError> {
    let damaged = |problem| Record::WorldBlock(id).damaged(problem);
    let nodes = reader.read(id)?.ok_or_else(|| damaged(DecodeError::Missing))?.nodes();
    if nodes.subtree() == slot { Ok(nodes) } else { Err(damaged(DecodeError::Hash)) }
}
