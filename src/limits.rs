//! Every fixed limit, with its reason. They are the same on every host: a contract that fits here fits everywhere.

use crate::units::{Gas, PageCount};

/// Pages a contract's storage can have: 2^20 pages of 4 KiB are what a 32-bit memory addresses.
pub const MAX_STORAGE_PAGES: PageCount = PageCount(1 << 20);

/// The depth of the state tree over all of them.
pub const MAX_TREE_DEPTH: u32 = MAX_STORAGE_PAGES.0.ilog2();

/// Page limit of a contract that asks for none: 256 MiB.
pub const DEFAULT_STORAGE_PAGES: PageCount = PageCount(65_536);

/// Bytes of a contract as deployed. Real contracts are tens to hundreds of KiB; compile time grows with size.
pub const MAX_MODULE_BYTES: usize = 4 << 20;

/// Functions a contract defines or imports.
pub const MAX_FUNCTIONS: u32 = 10_000;

/// Function types a contract declares.
pub const MAX_TYPES: u32 = 10_000;

/// Parameters, and results, of one function or block type.
pub const MAX_PARAMETERS: u32 = 64;

/// Globals a contract defines: each mutable one is put back after a call.
pub const MAX_GLOBALS: u32 = 1_000;

/// Exports of a contract.
pub const MAX_EXPORTS: u32 = 10_000;

/// Data and element segments together.
pub const MAX_SEGMENTS: u32 = 10_000;

/// Bytes of one function's body: bounds the time its compilation can take.
pub const MAX_FUNCTION_BYTES: usize = 256 << 10;

/// Values (parameters, locals and operands at once) of one function: with the depth limit it bounds native stack.
pub const MAX_FUNCTION_VALUES: u32 = 16_384;

/// Blocks inside blocks in one function.
pub const MAX_BLOCK_NESTING: u32 = 1_000;

/// Tables of a contract, and elements of each.
pub const MAX_TABLES: u32 = 4;

/// Elements of one table.
pub const MAX_TABLE_ELEMENTS: u32 = 10_000;

/// WebAssembly pages of a contract's own memory: 64 MiB.
pub const MAX_OWN_MEMORY_PAGES: u32 = 1_024;

/// Compiled modules kept in memory: each is some hundred KiB of native code.
pub const MAX_CACHED_MODULES: usize = 256;

/// Gas that a call of an embedder's own function can cost before it does anything: a tenth of [`DEFAULT_GAS`]. What
/// depends on its arguments it charges itself.
pub const MAX_IMPORT_PRICE: u32 = 100_000_000;

/// The part of a host function's price that the prepared code takes, with one byte of code for each unit at every place
/// that calls it: 4 MiB of calls become at most 128 MiB. The dearest function of ours costs 48.
pub const MAX_PRICE_IN_CODE: u32 = 64;

/// Units of call depth that a transaction has. A function that calls nothing takes none; any other takes one, one more
/// for each [`VALUES_PER_DEPTH_UNIT`] values it may hold at once, and one more for each [`OPERATORS_PER_DEPTH_UNIT`]
/// instructions it has.
pub const CALL_DEPTH: u32 = 10_000;

/// Values that one unit of call depth pays for: 64 values of at most 16 bytes, which the compiler keeps in two places
/// where accesses are checked, are 2 KiB of native stack.
pub const VALUES_PER_DEPTH_UNIT: u32 = 64;

/// Instructions that one unit of call depth pays for: the compiler may compute before a loop what does not change in
/// it and keep it over calls, at most one vector for every two instructions.
pub const OPERATORS_PER_DEPTH_UNIT: u32 = 128;

/// Native stack for the wasm frames of a transaction: [`CALL_DEPTH`] units of 2 KiB, and 12 MiB for what frames hold
/// besides values and for the one frame that takes no depth.
pub const WASM_STACK_BYTES: usize = 32 << 20;

/// Work of the compiler on one contract, summed over all places where it has to do something about every value that the
/// function holds. A place weighs 1 where control flow forks or meets, 2 where something is called (a checked access
/// may call), and 24 where a loop begins. A large real contract (1 MiB) has about 10 million; a unit takes 0.3 us at
/// worst.
pub const MAX_COMPILER_WORK: u64 = 16_000_000;

/// So many forks of control flow before a place in its function cost the compiler as much there as a value does.
pub const BRANCHES_AS_A_VALUE: u64 = 8;

/// Bytes of input and of output of a call.
pub const MAX_DATA_BYTES: usize = 1 << 20;

/// Bytes that each log text counts for besides its own, or empty ones would be without number.
pub const LOG_ENTRY_BYTES: usize = 24;

/// Bytes of log text in one transaction, [`LOG_ENTRY_BYTES`] for each text included.
pub const MAX_LOG_BYTES: usize = 64 << 10;

/// Events in one transaction.
pub const MAX_EVENTS: usize = 1_024;

/// Bytes of data of all events of one transaction.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// Calls inside calls: a contract that is called by the sender of the transaction may have so many below it.
pub const MAX_CALL_NESTING: u32 = 512;

/// Native stack for the host functions and the runtime between two nested calls: three and a half times the 4.6 KB that
/// one was measured to take without optimisation, the wasm frame of a small function included.
pub const NESTED_CALL_STACK_BYTES: usize = 16 << 10;

/// Gas of a call that names none.
pub const DEFAULT_GAS: Gas = Gas(1_000_000_000);

/// Bytes of address space that a store on disk maps, and so what it can grow to while it is open: more than the disks
/// it will meet, and 30 stores still fit into the 2^47 bytes that a process has. A smaller map is taken where this much
/// cannot be had, down to [`LEAST_STORE_MAP_BYTES`].
pub const STORE_MAP_BYTES: usize = 4 << 40;

/// The smallest map that a store on disk is opened with: 1 GiB.
pub const LEAST_STORE_MAP_BYTES: usize = 1 << 30;

/// Snapshots of one store that can be held at once, in all processes together: 64 bytes of a shared file each.
pub const STORE_READERS: u32 = 1_024;

/// Groups of sixteen pages of a contract whose blocks are recorded before those above them: whoever reads the tree from
/// disk takes some hashes for each.
pub const LATE_GROUPS: usize = 64;

/// Upper blocks of trees that a store keeps in memory, of about a KiB each. A contract has 4,369 at most.
pub const UPPER_BLOCKS_KEPT: usize = 8_192;

/// Bytes of all ranges of one proof together: 1 MiB, which is 2,048 chunks and as much as a call can put out. A range that is zero
/// takes a few bytes of its proof, but its whole length once it is read; pages are read one by one.
pub const MAX_PROOF_RANGE_BYTES: u64 = 1 << 20;
