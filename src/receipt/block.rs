//! What came of a block.

use super::outcome::Receipt;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, CommitNumber, StateRoot, Version, WorldRoot};

/// What was recorded of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Block {
    /// Its number.
    #[cfg_attr(feature = "serde", serde(rename = "block", with = "serial::decimal"))]
    pub number: u64,
    /// Its time, as the contracts saw it.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub timestamp: u64,
    /// The commit that it is.
    pub commit: CommitNumber,
    /// The root over all accounts after it.
    pub world_root: WorldRoot,
    /// The contracts whose storage it changed, with the version and state that they have after it.
    pub states: Vec<ContractState>,
    /// What came of each call, in order. States before and after a call are not known, and the version is that after the
    /// block. Calls that did not return left nothing.
    pub receipts: Vec<Receipt>,
}

/// A contract's version and state after a block that changed its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContractState {
    /// The contract.
    pub address: Address,
    /// Its version.
    pub version: Version,
    /// Its state.
    pub state: StateRoot,
}

/// What was recorded of a commit. As JSON it is the receipt or the block itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(untagged, expecting = "neither the receipt of a call nor a block")
)]
pub enum Recorded {
    /// It was one call.
    Call(Receipt),
    /// It was a block of them.
    Block(Block),
}
