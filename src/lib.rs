//! A WebAssembly VM whose contracts keep their state in **linear storage that is mapped into a wasm memory**: a contract
//! reads and writes a storage variable with a load and a store, not with host calls.
//!
//! This program opens a store, deploys a contract, calls it and reads the receipt:
//!
//! ```
//! use vellum::receipt::{Call, Value};
//! use vellum::store::MemoryStore;
//! use vellum::units::ByteOffset;
//! use vellum::vm::{Deployment, Error, Vm};
//!
//! fn main() -> Result<(), Error> {
//!     let counter = r#"(module
//!         (import "storage" "memory" (memory $storage 1))
//!         (func (export "add") (param $amount i64) (result i64)
//!             (i64.store $storage (i32.const 0)
//!                 (i64.add (i64.load $storage (i32.const 0)) (local.get $amount)))
//!             (i64.load $storage (i32.const 0))))"#;
//!     let vm = Vm::new(MemoryStore::new())?;
//!     let contract = vm.deploy(counter.as_bytes(), &Deployment::default())?.address;
//!     let receipt = vm.run(&Call::new(contract, "add").args([Value::from(42_i64)])).commit()?;
//!     assert!(receipt.is_returned());
//!     assert_eq!(receipt.results, [Value::I64(42)]);
//!     assert_eq!(receipt.contracts[0].pages_changed, 1);
//!     assert_eq!(vm.now()?.read(&contract, ByteOffset(0), 8)?, 42_u64.to_le_bytes());
//!     Ok(())
//! }
//! ```
//!
//! For a store on disk, replace `MemoryStore::new()` with `LmdbStore::open(path, &OpenOptions::default())?` of [`store`]. The
//! project's `examples` show more: history, proofs, blocks and custom host functions.
//!
//! A failure of a contract is never an error: a call that reverts, traps or runs out of gas has a
//! [`Receipt`](receipt::Receipt). The VM returns an [`Error`](vm::Error) if a transaction cannot start or the host fails.
//!
//! ```text
//!  vm            runs, views, blocks, history, proofs                    the API
//!    ▼
//!  transaction   visits, nested calls, journal, commit or undo
//!    ▼
//!  vmcalls       host functions
//!    ▼
//!  machine       an instance and the call that runs in it
//!    ▼
//!  receipt       calls, receipts, events, blocks, traces
//!    ▼
//!  paging        page table → frame → bytes       contract   validate, add checks, compile
//!  proof         proofs and their verifier        store      pages, state roots, versions: LMDB or memory
//! ```
//!
//! # Effects on the process
//!
//! - **Threads.** A [`Vm`](vm::Vm) and its clones can be used from any thread. Reads and dry runs run concurrently, commits one
//!   after another. The VM starts no threads. Each thread that runs calls keeps a stack for them; only its used part takes
//!   memory.
//! - **Address space.** A contract in use reserves 4 GiB for its storage and 8 GiB for each instance, out of the 2^47 bytes of a
//!   process. A store on disk reserves 4 TiB. Under a limit on virtual memory (`ulimit -v`) it takes at most half of what is
//!   left, and leaves room for a call; a call that finds no room is refused with an error. Only touched pages take memory. The
//!   number of frames kept between transactions is limited ([`VmBuilder::frame_budget`](vm::VmBuilder::frame_budget)).
//! - **`fork`.** A child process has neither the memory of its parent's contracts nor its locks. A VM over a store in memory works
//!   in the child, with memory of its own, if no other thread used it at the fork. A store on disk must be opened again; until
//!   then it returns [`StoreError::Inherited`](store::StoreError::Inherited).
//! - **Signal handlers.** From the first instance on, wasmtime handles SIGSEGV, SIGFPE, SIGILL and, on some systems, SIGBUS. The
//!   pagers `sigsegv` and `uffd` handle SIGSEGV and SIGBUS as long as they have a contract in memory. For every pager, SIGSEGV is
//!   handled as long as an instance with a memory of its own is kept: the first write of a page is noticed. All other faults are
//!   passed on. Handlers of the application keep working, whether they were installed before or after.
//! - **Files.** The library writes files only in the store's directory, and in the directory of the module cache if one is set
//!   ([`VmBuilder::module_cache_dir`](vm::VmBuilder::module_cache_dir)).

pub mod contract;
pub mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod host;
#[cfg(feature = "lab")]
pub mod lab;
pub mod limits;
mod machine;
pub mod paging;
pub mod proof;
pub mod receipt;
#[cfg(any(test, feature = "lab", feature = "fuzzing"))]
mod scratch;
pub mod store;
mod transaction;
pub mod units;
pub mod vm;
mod vmcalls;

/// The programs of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
