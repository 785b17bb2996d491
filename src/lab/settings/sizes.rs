//! The sizes of each experiment.

use serde::{Deserialize, Serialize};

use super::WorkloadSettings;

/// Sizes of `access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// The array that is read from end to end, in units of 64 KiB.
    pub array_wasm_pages: u64,
}

/// Sizes of `fault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSettings {
    /// Pages that a call touches.
    pub pages: u32,
    /// Pages from each touched one to the next, in the tables of all orders and sources; none: no such tables.
    pub steps_in_pages: Vec<u32>,
    /// Pages that a call of those tables touches.
    pub stepped_pages: u32,
}

/// Sizes of `crossover`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossoverSettings {
    /// Pages that a call touches.
    pub pages: u32,
}

/// Sizes of `growth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrowthSettings {
    /// Other pages beside one that changes, ascending from 0.
    pub stored_pages: Vec<u32>,
    /// Of these, how many `eager` copies at most.
    pub eager_pages: u32,
    /// Pages that a call changes, in a row each.
    pub changed_pages: Vec<u32>,
    /// Pages that there are beside those, ascending.
    pub changed_beside_pages: Vec<u32>,
}

/// Sizes of `reentry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReentrySettings {
    /// How deep chains of calls are.
    pub depths: [u32; 4],
    /// Pages that a call writes.
    pub pages: [u32; 4],
    /// Other pages beside which calls are undone.
    pub beside_pages: u32,
}

/// Sizes of `durability`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurabilitySettings {
    /// Calls of a block.
    pub calls_in_block: Vec<u32>,
    /// What is called.
    pub workloads: Vec<WorkloadSettings>,
}
