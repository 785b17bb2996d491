//! All fixed limits, each with its reason. They are the same on every host, so a contract that one host accepts is accepted
//! by all.

use crate::units::{Gas, PageCount};

/// Maximum page limit of a contract: a 32-bit memory can address 2^20 pages of 4 KiB.
pub const MAX_STORAGE_PAGES: PageCount = PageCount(1 << 20);

/// The address at which storage inside a contract's own memory begins. Own memory ends at [`MAX_OWN_MEMORY_PAGES`], far below it.
pub const STORAGE_BASE: u32 = 1 << 30;

/// Maximum page limit of a contract whose storage lies inside its own memory: it ends at 2 GiB, at which a second persistent segment may
/// begin one day.
pub const MAX_INSIDE_PAGES: PageCount = PageCount(1 << 18);

/// Maximum depth of a state tree: that of one over [`MAX_STORAGE_PAGES`].
pub const MAX_TREE_DEPTH: u32 = MAX_STORAGE_PAGES.0.ilog2();

/// Default page limit of a contract: 256 MiB.
pub const DEFAULT_STORAGE_PAGES: PageCount = PageCount(65_536);

/// Maximum size of a contract's code as deployed, in bytes. Real contracts have tens to hundreds of KiB, and the compile time
/// grows with the size.
pub const MAX_MODULE_BYTES: usize = 4 << 20;

/// Maximum number of functions that a contract defines or imports.
pub const MAX_FUNCTIONS: u32 = 10_000;

/// Maximum number of function types that a contract declares.
pub const MAX_TYPES: u32 = 10_000;

/// Maximum number of parameters, and of results, of one function or block type.
pub const MAX_PARAMETERS: u32 = 64;

/// Maximum number of globals that a contract defines. Each mutable one is restored after a call.
pub const MAX_GLOBALS: u32 = 1_000;

/// Maximum number of exports of a contract.
pub const MAX_EXPORTS: u32 = 10_000;

/// Maximum number of data and element segments together.
pub const MAX_SEGMENTS: u32 = 10_000;

/// Maximum size of the body of one function, in bytes. It bounds the time of its compilation.
pub const MAX_FUNCTION_BYTES: usize = 256 << 10;

/// Maximum number of values (parameters, locals and operands) that one function holds at once. Together with the call depth
/// it bounds the native stack.
pub const MAX_FUNCTION_VALUES: u32 = 16_384;

/// Maximum nesting of wasm blocks in one function.
pub const MAX_BLOCK_NESTING: u32 = 1_000;

/// Maximum number of targets of one `br_table`, the default target not included. The compiler cannot represent more.
pub const MAX_BRANCH_TARGETS: u32 = 65_520;

/// Maximum number of tables of a contract.
pub const MAX_TABLES: u32 = 4;

/// Maximum number of elements of one table.
pub const MAX_TABLE_ELEMENTS: u32 = 10_000;

/// Maximum size of a contract's own memory, in wasm pages: 64 MiB.
pub const MAX_OWN_MEMORY_PAGES: u32 = 1_024;

/// Maximum number of compiled modules kept in memory. Each has some hundred KiB of native code.
pub const MAX_CACHED_MODULES: usize = 256;

/// Maximum price of a custom host function: a tenth of [`DEFAULT_GAS`]. The function itself charges for work that depends on
/// its arguments.
pub const MAX_IMPORT_PRICE: u32 = 100_000_000;

/// Maximum part of a host function's price that the prepared code charges. It takes one byte of code for each unit at every
/// call of the function, so 4 MiB of calls become at most 128 MiB. The most expensive function of the VM costs 48.
pub const MAX_PRICE_IN_CODE: u32 = 64;

/// Units of call depth that a transaction has. A function that makes no call takes none. Every other function takes one, one
/// more for each [`VALUES_PER_DEPTH_UNIT`] values that it may hold at once, and one more for each
/// [`OPERATORS_PER_DEPTH_UNIT`] instructions that it has.
pub const CALL_DEPTH: u32 = 10_000;

/// Number of values that one unit of call depth covers. In checked code the compiler keeps a value in up to two places: 64
/// values of at most 16 bytes then take 2 KiB of native stack.
pub const VALUES_PER_DEPTH_UNIT: u32 = 64;

/// Number of instructions that one unit of call depth covers. The compiler may compute loop-invariant values before a loop
/// and keep them across calls: at most one vector for every two instructions.
pub const OPERATORS_PER_DEPTH_UNIT: u32 = 128;

/// Native stack for the wasm frames of a transaction: 2 KiB for each unit of [`CALL_DEPTH`], and 12 MiB for the rest of the
/// frames and for the one frame that takes no call depth.
pub const WASM_STACK_BYTES: usize = 32 << 20;

/// Maximum work of the compiler on one contract, in estimated nanoseconds. Deployment is to take at most 3 s of processor time, 1.2 ns
/// for a unit; `design/contracts.md` has what was measured. An ordinary contract takes 0.5 ns, and has 3 million units for each KB of its
/// code, or 9 million if all its memory is storage.
pub const MAX_COMPILER_WORK: u64 = 2_500_000_000;

/// Maximum memory of the compiler for one function, in estimated bytes: 352 MiB. With what it keeps of the other functions, at most
/// 0.06 bytes for each unit of [`MAX_COMPILER_WORK`] or 150 MB, deployment takes at most 500 MiB.
pub const MAX_COMPILER_MEMORY: u64 = 352 << 20;

/// Maximum size of the input, and of the output, of a call, in bytes.
pub const MAX_DATA_BYTES: usize = 1 << 20;

/// Maximum size of the message of a panic, in bytes: some lines of text, as the message is recorded and shown.
pub const MAX_PANIC_BYTES: usize = 256;

/// Bytes that each log text counts in addition to its length. Without them a contract could log empty texts without limit.
pub const LOG_ENTRY_BYTES: usize = 24;

/// Maximum size of all log texts of one transaction in bytes, including [`LOG_ENTRY_BYTES`] for each text.
pub const MAX_LOG_BYTES: usize = 64 << 10;

/// Maximum number of events in one transaction.
pub const MAX_EVENTS: usize = 1_024;

/// Maximum size of the data of all events of one transaction, in bytes.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// Maximum number of pages that a transaction changes: 128 MiB. A page counts once for each running call that has changed it, because
/// an undo of that call needs its bytes. So frames of changed pages and what they are undone from take at most 256 MiB.
pub const MAX_CHANGED_PAGES: usize = 32_768;

/// Changed pages of a nested call that do not count. So [`MAX_CALL_NESTING`] calls that change a few pages each fit, which add 8,192 pages,
/// or at most 64 MiB.
pub const FREE_CHANGED_PAGES: usize = 16;

/// Maximum number of contracts that a transaction visits. Each takes a region of 4,128 MiB of address space, and its code native code.
/// With the memories of [`MAX_CALL_NESTING`] calls, 8,256 MiB each, this is at most 5.2 TiB of the 128 TiB of a process.
pub const MAX_VISITED_CONTRACTS: usize = 256;

/// Maximum size of the code of all contracts that a transaction visits, in bytes as deployed: two contracts of the maximum size.
pub const MAX_VISITED_CODE_BYTES: usize = 2 * MAX_MODULE_BYTES;

/// Maximum memory of all running calls of a transaction, in bytes: 384 MiB. Each call counts its own memory by size, its windows, its
/// input twice and the output of its last nested call, beyond [`FREE_CALL_MEMORY_BYTES`]. Six own memories of the maximum
/// size fit.
pub const MAX_CALL_MEMORY_BYTES: usize = 384 << 20;

/// Memory of a running call that does not count: 256 KiB. So [`MAX_CALL_NESTING`] small calls fit, which take 128 MiB.
pub const FREE_CALL_MEMORY_BYTES: usize = 256 << 10;

/// Maximum depth of nested calls below the top-level call.
pub const MAX_CALL_NESTING: u32 = 512;

/// Native stack for the host functions and the runtime between two nested calls. It is three and a half times the measured
/// need of 4.6 KB without optimisation, which includes the wasm frame of a small function.
pub const NESTED_CALL_STACK_BYTES: usize = 16 << 10;

/// Default gas of a call.
pub const DEFAULT_GAS: Gas = Gas(1_000_000_000);

/// Address space that a store on disk maps, in bytes: the store can grow to this size while it is open. It exceeds the size of
/// the expected disks, and 30 stores still fit into the 2^47 bytes of a process. If the host refuses this much, the store
/// takes a smaller map, down to [`LEAST_STORE_MAP_BYTES`].
pub const STORE_MAP_BYTES: usize = 4 << 40;

/// Minimum map with which a store on disk is opened: 64 MiB, or that of a larger store. It grows while the store is open.
pub const LEAST_STORE_MAP_BYTES: usize = 64 << 20;

/// Address space that a store on disk leaves for calls: the storage, the page table and the own memory of one contract with 4 GiB
/// and a guard of 32 MiB each, and 160 MiB for the compiler.
pub const CALL_ADDRESS_SPACE_BYTES: usize = (3 * 4128 + 160) << 20;

/// Maximum number of snapshots of one store that all processes together hold at once. Each takes 64 bytes of a shared file.
pub const STORE_READERS: u32 = 1_024;

/// Maximum number of pending groups of a contract. A reader of the state tree on disk computes some hashes for each.
pub const LATE_GROUPS: usize = 64;

/// Maximum number of upper tree blocks that a store keeps in memory, about 1 KiB each. A contract has at most 4,369.
pub const UPPER_BLOCKS_KEPT: usize = 8_192;

/// Bytes of all ranges of one proof together: 1 MiB, which is 2,048 chunks and as much as a call can put out. A range that is zero
/// takes a few bytes of its proof, but its whole length once it is read; pages are read one by one.
pub const MAX_PROOF_RANGE_BYTES: u64 = 1 << 20;
