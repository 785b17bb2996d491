//! The names of the imports and exports that the prepared module adds to those of the contract.

/// The reserved prefix, which no name of a contract may have.
pub const RESERVED_PREFIX: &str = "vellum:";

/// The module of the page table and the fault functions.
pub const PAGING_MODULE: &str = "vellum:paging";
/// The page table, a memory of [`TABLE_WASM_PAGES`].
pub const PAGE_TABLE: &str = "table";
/// `(start i64, length i64)`: makes the pages of a range readable.
pub const FAULT_READ: &str = "fault_read";
/// `(start i64, length i64)`: makes the pages of a range writable.
pub const FAULT_WRITE: &str = "fault_write";
/// The size of the page table in wasm pages: one byte for each of 2^20 storage pages.
pub const TABLE_WASM_PAGES: u64 = 16;

/// The module of the function that halts a call.
pub const EXEC_MODULE: &str = "vellum:exec";
/// `()`: traps because no call depth is left.
pub const CALL_DEPTH: &str = "call_depth";

/// The exported global with the remaining call depth.
pub const DEPTH: &str = "vellum:depth";
/// The export of the contract's own memory.
pub const OWN_MEMORY: &str = "vellum:memory";
/// The n-th mutable global is exported as this prefix and n.
pub const GLOBAL_PREFIX: &str = "vellum:global:";
/// The n-th table is exported as this prefix and n.
pub const TABLE_PREFIX: &str = "vellum:table:";

/// The bit of a page-table entry that allows reads.
pub const READ_BIT: u8 = 1;
/// The bit of a page-table entry that allows writes. The two bits are set separately, so the table records which pages were
/// read and which were written.
pub const WRITE_BIT: u8 = 2;
