//! What came of a block.

use super::outcome::Receipt;
use crate::units::{Address, CommitNumber, StateRoot, Version, WorldRoot};

/// What was recorded of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its time, as the contracts saw it.
    pub timestamp: u64,
    /// The commit that it is.
    pub commit: CommitNumber,
    /// The root over all accounts after it.
    pub world_root: WorldRoot,
    /// The contracts whose storage it changed, with the version and state that they have after it.
    pub states: Vec<(Address, Version, StateRoot)>,
    /// What came of each call, in order. States before and after a call are not known, and the version is that after the
    /// block. Calls that did not return left nothing.
    pub receipts: Vec<Receipt>,
}

/// What was recorded of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It was one call.
    Call(Receipt),
    /// It was a block of them.
    Block(Block),
}
