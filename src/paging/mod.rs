//! The storage pages of a transaction: their frames in host memory, what each call may do with them, and which are dirty.
//!
//! ```text
//!  Region: one contract's storage          seen by wasm as the memory "storage" "memory"
//!  ┌──────┬──────┬──────┬─ … ─┬───────────────┬──────────────────────┐
//!  │ p 0  │ p 1  │ p 2  │     │ up to limit   │ no access, to 4 GiB  │ + guard
//!  └──────┴──────┴──────┴─ … ─┴───────────────┴──────────────────────┘
//!  PageTable: one byte for each page, one table for each call: what the call may do, and so what it has done
//!  Pager: loads pages into their frames and detects writes
//!  hardware: the pagers whose faults are signals from the processor
//! ```
//!
//! All `unsafe` code that handles contract memory is in this folder. Its rules:
//!
//! 1. At any time one party on one thread accesses a region's bytes: the transaction that owns the `Region`, the wasm
//!    that this transaction runs, or the handler of a fault that has interrupted this wasm.
//! 2. A wasmtime memory over a region or a page table shares its `Reservation`, which is unmapped when the last owner
//!    drops it.
//! 3. No reference into a region outlives the borrow of its `Region`. The data of the wasmtime store holds the
//!    transaction with its regions, and running wasm borrows the store exclusively: no such reference exists while wasm
//!    runs.
//! 4. A frame that is present and clean holds the committed bytes of its page under the region's state root.

mod availability;
mod bits;
mod eager;
mod error;
mod extent;
mod frames;
mod hardware;
mod implementation;
mod kind;
mod memory_creator;
mod own_memory;
mod page_table;
mod pager;
mod populated;
mod recycled;
mod region;
mod reservation;
mod resident;
mod set_aside;
mod soft;
mod source;
mod statistics;
mod trap;

pub use availability::Unavailable;
pub use kind::{PagerKind, UnknownPager};
pub use statistics::FrameStatistics;

pub(crate) use error::PagingError;
pub(crate) use extent::Extent;
#[cfg(feature = "lab")]
pub(crate) use hardware::Floor;
pub(crate) use hardware::{DEFAULT_WINDOW, Opening, Watch};
pub(crate) use memory_creator::Memories;
pub(crate) use own_memory::{Image, OwnMemory};
pub(crate) use page_table::{Access, PageTable};
pub(crate) use pager::Pager;
pub(crate) use region::Region;
pub(crate) use set_aside::SetAside;
pub(crate) use source::{ContractPages, SharedSnapshot};

#[cfg(test)]
mod tests;
