//! The data of the wasmtime store of a small host.

use wasmtime::{Memory, StoreLimits};

use crate::contract::Checks;

/// The state that host functions access.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The bytes of absent pages.
    pub(super) backing: Vec<u8>,
    pub(super) storage: Option<Memory>,
    /// The page table, and the selection of page checks.
    pub(super) table: Option<(Memory, Checks)>,
    /// The rights, start and length of each fault since the list was last taken.
    pub(in crate::contract::prepare) faults: Vec<(u8, i64, i64)>,
    /// Limits for contracts as deployed. A prepared module declares them itself.
    pub(super) limits: StoreLimits,
}
