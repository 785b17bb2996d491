//! What the host functions of a small host see.

use wasmtime::{Memory, StoreLimits};

use crate::contract::Checks;

/// What the host functions see.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// What the storage holds where no page was brought in.
    pub(super) backing: Vec<u8>,
    pub(super) storage: Option<Memory>,
    /// The page table, and which accesses are checked.
    pub(super) table: Option<(Memory, Checks)>,
    /// Rights, start and length of each fault since they were last asked for.
    pub(in crate::contract::prepare) faults: Vec<(u8, i64, i64)>,
    /// The limits that preparing writes into a module, for those that were not prepared.
    pub(super) limits: StoreLimits,
}
