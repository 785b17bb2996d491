//! The change of the world tree in a block.

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
    /// Returns the world root after the block.
    pub fn root(&self) -> WorldRoot {
        self.update.root
    }

    /// Returns the moment and the root of the stored tree that was updated. `None` if that tree is damaged, so that the new one was
    /// computed from all accounts.
    pub fn kept(&self) -> Option<(Moment, WorldRoot)> {
        self.kept
    }
}
