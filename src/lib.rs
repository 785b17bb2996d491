//! A WebAssembly VM whose contracts keep their state in **linear storage that is mapped into a wasm memory**: a storage
//! variable is a load or a store and not a host call.
//!
//! A program that opens a store, deploys a contract, calls it and reads the receipt:
//!
//! ```
//! use vellum::receipt::{Call, Status, Value};
//! use vellum::vm::{Deployment, Error, Vm};
//! use vellum::store::MemoryStore;
//! use vellum::units::ByteOffset;
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
//!     let receipt = vm.run(&Call::new(contract, "add").args([Value::I64(42)])).commit()?;
//!     assert_eq!(receipt.status, Status::Returned);
//!     assert_eq!(receipt.results, [Value::I64(42)]);
//!     assert_eq!(receipt.contracts[0].pages_changed, 1);
//!     assert_eq!(vm.now()?.read(&contract, ByteOffset(0), 8)?, 42_u64.to_le_bytes());
//!     Ok(())
//! }
//! ```
//!
//! On disk it is `LmdbStore::open(path, &OpenOptions::default())?` of [`store`] in the place of `MemoryStore::new()`.
//!
//! What a contract does is never an error: a revert, a trap or running out of gas is a [`Receipt`](receipt::Receipt). An
//! [`Error`](vm::Error) is a transaction that could not begin, or a failure of the host.
//!
//! ```text
//!  contract   validate, add checks, compile ┐
//!  paging     page table → frame → bytes    ├──► exec   a transaction: gas, receipt, commit or discard
//!  vmcalls    what contracts import         ┘      │
//!                                                  ▼
//!                                                store  pages, state roots, versions: LMDB, or memory
//! ```

pub mod contract;
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
mod wrong;

/// The README's programs, which are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
