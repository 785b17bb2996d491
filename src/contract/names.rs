//! Names of what the prepared module imports and exports besides what the contract does.

/// No contract may use names that begin like this.
pub const RESERVED_PREFIX: &str = "vellum:";

/// Module of the page table and the fault functions.
pub const PAGING_MODULE: &str = "vellum:paging";
/// The page table, a memory of [`TABLE_WASM_PAGES`].
pub const PAGE_TABLE: &str = "table";
/// `(start i64, length i64)`: makes the pages of a range readable.
pub const FAULT_READ: &str = "fault_read";
/// `(start i64, length i64)`: makes the pages of a range writable.
pub const FAULT_WRITE: &str = "fault_write";
/// Size of the page table: one byte for each of 2^20 storage pages.
pub const TABLE_WASM_PAGES: u64 = 16;

/// Module of what halts a call.
pub const EXEC_MODULE: &str = "vellum:exec";
/// `()`: traps because the call depth is used up.
pub const CALL_DEPTH: &str = "call_depth";

/// The exported global that holds the call depth left.
pub const DEPTH: &str = "vellum:depth";
/// The contract's own memory, as it is exported.
pub const OWN_MEMORY: &str = "vellum:memory";
/// Mutable global number n is exported as this and n.
pub const GLOBAL_PREFIX: &str = "vellum:global:";
/// Table number n is exported as this and n.
pub const TABLE_PREFIX: &str = "vellum:table:";

/// The bit of a page table's entry that allows reading.
pub const READ_BIT: u8 = 1;
/// The bit of a page table's entry that allows writing. The two are given apart, so that the table says which pages
/// were read and which were written.
pub const WRITE_BIT: u8 = 2;
