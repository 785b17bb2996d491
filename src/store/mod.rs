//! Pages at rest: pages, state roots, versions and diffs, over LMDB or in memory.
//!
//! A [`PageStore`] hands out [`Snapshot`]s, which can only read and never change, and takes one [`Batch`] at a time,
//! which happens whole or not at all. Nothing here knows of wasm, gas or calls.
//!
//! ```text
//!            PageStore, Snapshot               batch   what a commit is, and its rules
//!        ┌──────────┼─────────┐                account a record of an address
//!      lmdb      memory     faulty             diff    how a version changed its pages
//!        └────┬─────┘                          past    a moment before the newest
//!             │                                check   everything recomputed from the pages
//!             ├── tree    page hashes → state root
//!             ├── world   accounts → world root
//!             ├── hash    every SHA-256
//!             └── codec   records as bytes, with checksums
//! ```

pub mod hash;
pub mod world;

mod account;
mod batch;
mod check;
pub(crate) mod codec;
#[cfg(any(test, feature = "fuzzing"))]
mod decoders;
mod diff;
mod error;
mod event;
mod faulty;
mod lmdb;
mod log;
mod mark;
mod memory;
mod mended;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod model;
mod moment;
mod overlay;
mod page_store;
mod past;
mod rebuild;
mod record;
mod scan;
mod snapshot;
mod statistics;
mod transfer;
mod tree;

pub use account::{Account, Code};
pub use batch::{Batch, ContractChange, PageWrite};
pub use check::{CheckReport, Problem, SoundStorage, Unsound};
pub use codec::DecodeError;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use decoders::decode_anything;
pub use diff::{DiffRecord, PageChange, Run, RunOutOfPage, apply, runs_between};
pub use error::StoreError;
pub use event::{LiveEvent, NewEvent};
pub use faulty::FaultyStore;
pub use lmdb::{Access, Durability, LmdbStore, OpenOptions};
pub use mark::Mark;
pub use memory::{MemoryMark, MemoryStore};
pub use mended::Mended;
pub use moment::Moment;
pub use overlay::{Overlay, OverlaySnapshot};
pub use page_store::PageStore;
pub use past::{PastSnapshot, changed_since, commit_of_block, moment_of};
pub(crate) use rebuild::Rebuild;
pub use record::Record;
pub use snapshot::Snapshot;
pub use statistics::StoreStatistics;
pub use transfer::{CarriedContract, Diff, DiffFile, Misfit, PageRuns, Pages};
pub use tree::{BlockId, TreeUpdate};

#[cfg(test)]
pub(crate) mod tests;
