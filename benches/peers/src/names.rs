//! The names of the arms, without the location of their state.

pub const MAPPED: &str = "vellum, mapped";
pub const SLICES: &str = "vellum, slices";
pub const NATIVE: &str = "native program";
pub const HOST_CALLS: &str = "wasmtime, host calls";
pub const SQLITE: &str = "SQLite";
pub const REVM: &str = "revm";
pub const COSMWASM: &str = "cosmwasm-vm";
pub const NEAR: &str = "near-vm-runner";
pub const POLKAVM: &str = "polkavm, dynamic paging";
pub const POLKAVM_UNCONFINED: &str = "polkavm, no sandbox";
