//! Stores of accounts, pages, state roots, versions and diffs, over LMDB or in memory.
//!
//! A [`PageStore`] provides [`Snapshot`]s, which are read-only and never change. It commits one [`Batch`] at a time, atomically.
//! This layer does not know wasm, gas or calls.
//!
//! ```text
//!            PageStore, Snapshot               batch   the changes of a commit, and their rules
//!        ┌──────────┼─────────┐                account the record at an address
//!      lmdb      memory     faulty             diff    the changes of pages in a version
//!        └────┬─────┘                          past    moments before the newest
//!             │                                check   recomputes derived records and compares
//!             ├── tree    page hashes → state root
//!             ├── world   accounts → world root
//!             ├── hash    every SHA-256
//!             └── codec   records as bytes, with checksums
//! ```

pub mod hash;
pub mod world;

mod account;
mod backup;
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
pub use backup::Backup;
pub use batch::{Batch, ContractChange, PageWrite};
pub use check::{CheckReport, Problem, SoundStorage, Unsound};
pub use codec::DecodeError;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use decoders::decode_anything;
pub use diff::{DiffRecord, PageChange, Run, RunOutOfPage, apply, chunks_of, runs_between};
pub use error::StoreError;
pub use event::{LiveEvent, NewEvent};
pub use faulty::FaultyStore;
pub use hash::{ChunkSet, IncompletePage, PageTree, complete_all};
pub use lmdb::{Access, Durability, LmdbStore, OpenOptions};
pub(crate) use lmdb::{Process, ProcessLocal};
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
