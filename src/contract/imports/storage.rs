//! Mapped storage.

use super::documented::{Memory, Module};
use super::inline;

/// Module of the storage memory.
pub const STORAGE_MODULE: &str = "storage";
/// Name of the storage memory.
pub const STORAGE_MEMORY: &str = "memory";

pub(super) const MODULE: Module = Module {
    name: STORAGE_MODULE,
    meaning: "mapped storage",
    memories: &[Memory {
        name: STORAGE_MEMORY,
        meaning: "The contract's storage: a byte's address is its offset in storage. The memory has the size of the \
                  page limit from the start: `memory.size` returns that size, and `memory.grow` always returns -1.",
        refusals: &[
            "it is imported twice",
            "it is shared, has 64-bit addresses or a custom page size",
            "the page limit is below the minimum that the import declares",
            "an active data segment writes to it",
        ],
    }],
    functions: &[],
    inline: inline::STORAGE,
};
