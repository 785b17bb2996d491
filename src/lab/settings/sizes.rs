//! The sizes of each experiment.

use serde::{Deserialize, Serialize};

use super::WorkloadSettings;

/// Sizes of `access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// The size of the array that is read from end to end, in units of 64 KiB.
    pub array_wasm_pages: u64,
}

/// Sizes of `fault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSettings {
    /// Pages that a call touches.
    pub pages: u32,
    /// The distances between touched pages, in pages, for the tables of all orders and steps. Without any distance there
    /// are no such tables.
    pub steps_in_pages: Vec<u32>,
    /// Pages that a call touches in those tables.
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
    /// Numbers of stored pages beside the one that changes, ascending from 0.
    pub stored_pages: Vec<u32>,
    /// The largest of these numbers for `eager`, which copies all stored pages.
    pub eager_pages: u32,
    /// Numbers of pages that a call changes, each a row.
    pub changed_pages: Vec<u32>,
    /// Numbers of stored pages in those rows, ascending.
    pub changed_beside_pages: Vec<u32>,
}

/// Sizes of `reentry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReentrySettings {
    /// Depths of the chains of calls.
    pub depths: [u32; 4],
    /// Numbers of pages that a call writes.
    pub pages: [u32; 4],
    /// Stored pages in the rows that undo a call.
    pub beside_pages: u32,
}

/// Sizes of `durability`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurabilitySettings {
    /// Numbers of calls in a block.
    pub calls_in_block: Vec<u32>,
    /// The workloads that are called.
    pub workloads: Vec<WorkloadSettings>,
}
