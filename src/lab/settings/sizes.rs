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

/// Sizes of `programs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramSettings {
    /// Entries of the map. Five times as many keys are looked up.
    pub map_entries: u32,
    /// Words of the list that is added up.
    pub summed_words: u32,
    /// Words of the list that is sorted.
    pub sorted_words: u32,
    /// Rows and columns of the matrix that is multiplied with itself.
    pub matrix_side: u32,
    /// Records of the JSON text.
    pub json_records: u32,
}

/// The sizes for settings that do not name them.
impl Default for ProgramSettings {
    fn default() -> Self {
        Self { map_entries: 20_000, summed_words: 131_072, sorted_words: 50_000, matrix_side: 128, json_records: 1_000 }
    }
}
