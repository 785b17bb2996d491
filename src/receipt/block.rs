//! The outcome of a block.

use super::outcome::Receipt;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, CommitNumber, StateRoot, Version, WorldRoot};

/// The record of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Block {
    /// The number of the block.
    #[cfg_attr(feature = "serde", serde(rename = "block", with = "serial::decimal"))]
    pub number: u64,
    /// The time that the contracts saw.
    #[cfg_attr(feature = "serde", serde(with = "serial::decimal"))]
    pub timestamp: u64,
    /// The number of its commit.
    pub commit: CommitNumber,
    /// The world root after the block.
    pub world_root: WorldRoot,
    /// The contracts whose storage the block changed, with their versions and state roots after it.
    pub states: Vec<ContractState>,
    /// The receipts of all calls, in order. They have no state roots before and after the call, and their versions are those
    /// after the block. Calls that did not return had no effects.
    pub receipts: Vec<Receipt>,
}

/// The version and state root of a contract after a block that changed its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContractState {
    /// The address of the contract.
    pub address: Address,
    /// Its version.
    pub version: Version,
    /// Its state root.
    pub state: StateRoot,
}

/// The record of a commit. As JSON it is the receipt or the block itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(untagged, expecting = "neither the receipt of a call nor a block")
)]
pub enum Recorded {
    /// The receipt of a commit of one call.
    Call(Receipt),
    /// The block that was committed.
    Block(Block),
}
