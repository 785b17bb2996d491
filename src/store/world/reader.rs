//! Where a world tree is read from, a block at a time.

use super::nodes::Nodes;
use super::{Subtree, WorldBlock, WorldBlockId};
use crate::store::codec::DecodeError;
use crate::store::{Record, StoreError};

/// Where the blocks of a world tree are read from.
pub trait WorldBlocks {
    /// A block, or nothing if it is not stored.
    fn read(&self, id: WorldBlockId) -> Result<Option<WorldBlock>, StoreError>;
}

/// The nodes of the block below a slot that holds a node, which says what they come to.
pub(super) fn below(reader: &impl WorldBlocks, id: WorldBlockId, slot: Subtree) -> Result<Nodes, StoreError> {
    let damaged = |problem| Record::WorldBlock(id).damaged(problem);
    let nodes = reader.read(id)?.ok_or_else(|| damaged(DecodeError::Missing))?.nodes();
    if nodes.subtree() == slot { Ok(nodes) } else { Err(damaged(DecodeError::Hash)) }
}
