//! What a block makes of the world tree.

use super::WorldUpdate;
use crate::store::Moment;
use crate::units::WorldRoot;

/// The world tree after a block.
#[derive(Debug)]
pub struct WorldChange {
    /// The moment before the block.
    pub(in crate::store) before: Moment,
    pub(in crate::store) update: WorldUpdate,
    pub(super) kept: Option<(Moment, WorldRoot)>,
}

impl WorldChange {
    /// The root over all accounts after the block.
    pub fn root(&self) -> WorldRoot {
        self.update.root
    }

    /// The moment and the root of the tree that the store keeps, which this was worked out from; nothing if that is damaged and
    /// all accounts were read.
    pub fn kept(&self) -> Option<(Moment, WorldRoot)> {
        self.kept
    }
}
