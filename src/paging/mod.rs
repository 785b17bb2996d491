//! Storage pages in a transaction: where they lie, who may touch them, which have changed.
//!
//! ```text
//!  Region: one contract's storage          seen by wasm as the memory "storage" "memory"
//!  ┌──────┬──────┬──────┬─ … ─┬───────────────┬──────────────────────┐
//!  │ p 0  │ p 1  │ p 2  │     │ up to limit   │ no access, to 4 GiB  │ + guard
//!  └──────┴──────┴──────┴─ … ─┴───────────────┴──────────────────────┘
//!  PageTable: one byte a page, one table a call: what this call may do, so what it did
//!  Pager: how a page gets into its frame, and how a write is noticed
//!  hardware: the pagers whose faults come from the processor, as signals
//! ```
//!
//! All `unsafe` about memory is in this folder. Its rules:
//!
//! 1. A region's bytes are touched by one thread at a time: by the transaction that owns the `Region` value, or by
//!    the wasm that this transaction runs, or by the handler of a fault of that wasm, while it stands still.
//! 2. A wasmtime memory over a region or a page table shares the `Reservation`, which is unmapped when the last
//!    of them is gone.
//! 3. No reference into a region outlives the borrow of its `Region`, and running wasm borrows the holder of the
//!    transaction, with its regions, exclusively: so no reference is held while wasm runs.
//! 4. A page whose frame is present and not written holds the committed bytes of the region's state root.

mod availability;
mod bits;
mod eager;
mod error;
mod frames;
mod hardware;
mod implementation;
mod kind;
mod memory_creator;
mod page_table;
mod pager;
mod populated;
mod region;
mod reservation;
mod resident;
mod soft;
mod source;
mod spare;
mod statistics;
mod trap;

pub use availability::Unavailable;
pub use kind::{PagerKind, UnknownPager};
pub use statistics::FrameStatistics;

pub(crate) use error::PagingError;
#[cfg(feature = "lab")]
pub(crate) use hardware::Floor;
pub(crate) use hardware::{DEFAULT_WINDOW, Watch};
pub(crate) use memory_creator::{Memories, OwnMemory};
pub(crate) use page_table::{Access, PageTable};
pub(crate) use pager::Pager;
pub(crate) use region::Region;
pub(crate) use source::{ContractPages, SharedSnapshot};

#[cfg(test)]
mod tests;
