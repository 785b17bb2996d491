//! A WebAssembly VM whose contracts keep their state in **linear storage that is mapped into a wasm memory**: a storage
//! variable is a load or a store and not a host call.
//!
//! A program that opens a store, deploys a contract, calls it and reads the receipt:
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
//! On disk it is `LmdbStore::open(path, &OpenOptions::default())?` of [`store`] in the place of `MemoryStore::new()`. The
//! project's `examples` go on from here: history, proofs, blocks, and host functions of one's own.
//!
//! What a contract does is never an error: a revert, a trap or running out of gas is a [`Receipt`](receipt::Receipt). An
//! [`Error`](vm::Error) is a transaction that could not begin, or a failure of the host.
//!
//! ```text
//!  vm            runs, views, blocks, history, proofs                    what is used
//!    ▼
//!  transaction   contracts visited, nested calls, journal, commit or undo
//!    ▼
//!  vmcalls       what contracts import
//!    ▼
//!  machine       an instance and the call that runs in it
//!    ▼
//!  receipt       what is asked, and what came of it
//!    ▼
//!  paging        page table → frame → bytes       contract   validate, add checks, compile
//!  proof         proofs, and their verifier       store      pages, state roots, versions: LMDB, or memory
//! ```
//!
//! # What a process must know
//!
//! - **Threads.** A [`Vm`](vm::Vm) and its clones can be used from any thread: readers and dry runs at once, commits one after
//!   another. It starts no thread of its own. Each thread that runs calls keeps a stack for them, of which only what was used
//!   takes memory.
//! - **Address space.** A contract in use reserves 4 GiB for its storage and 8 GiB for each instance, a store on disk 4 TiB, less
//!   where that cannot be had; of the 2^47 bytes that a process has. Reserved is not used: memory is taken by pages touched. What
//!   is kept between calls is bounded ([`VmBuilder::frame_budget`](vm::VmBuilder::frame_budget)). Under a limit on virtual memory
//!   (`ulimit -v`) regions are refused with an error.
//! - **Signal handlers.** wasmtime handles SIGSEGV, SIGFPE, SIGILL and, on some systems, SIGBUS from the first instance on. The
//!   pagers `sigsegv` and `uffd` handle SIGSEGV and SIGBUS while a contract of theirs is in memory, and pass on what is not
//!   theirs; `soft`, the default, needs none. An application's own handlers go on working, whichever came first.
//! - **Files.** Nothing is written outside of the store's directory unless it is asked for
//!   ([`VmBuilder::module_cache_dir`](vm::VmBuilder::module_cache_dir)).

pub mod contract;
pub mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
#[cfg(feature = "lab")]
pub mod lab;
pub mod limits;
mod machine;
pub mod paging;
pub mod proof;
pub mod receipt;
pub mod store;
mod transaction;
pub mod units;
pub mod vm;
mod vmcalls;

/// The README's programs, which are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
