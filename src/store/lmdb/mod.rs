//! A store on disk, over LMDB. Nothing outside this folder knows of LMDB.
//!
//! ```text
//! LmdbStore (one a caller) ─┐
//! LmdbSnapshot ─────────────┴─→ Shared (one a database and process) ─→ map of data.mdb, reader table in lock.mdb,
//!                                                                     right to write: a lock on vellum.lock
//! ```
//! Invariants
//! 1. A process has a database open once: LMDB's locks are the process's, and closing a second opening would drop
//!    those of the first. (`environment::share`.)
//! 2. One process writes at a time, and within it one thread; no reader waits for either. (`open::lock_for_writing`,
//!    `Shared::writer`, LMDB's own mutex.)
//! 3. A commit is one LMDB transaction. (`commit::commit`.)
//! 4. The map is put elsewhere only while no transaction of this process is open. (`gate`, `map`.)
//! 5. The recorded blocks of a contract's tree are those of its newest account, but for those above its late groups.
//!    (`tree`; compared by the check.)
//! 6. Bytes from the file are only taken apart by `codec::Reader`, after their checksum or hash was compared.
//! 7. Where the file is written through its map, a page has a block on the disk before it is written. (`reservation`, `bound`;
//!    every transaction that writes is a `writing::Writing`, which compares what it took.)

mod afresh;
mod blocks;
mod bound;
mod commit;
#[cfg(any(test, feature = "fuzzing"))]
mod decoders;
mod environment;
mod failure;
mod file_system;
mod files;
mod gate;
mod late_groups;
mod layout;
mod map;
mod mend;
mod open;
mod open_file;
mod options;
mod page;
mod prune;
mod read;
mod reservation;
mod scan;
mod snapshot;
mod store;
mod tree;
mod unfinished;
mod upper;
mod writing;

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use decoders::decode_anything;
pub use options::{Access, Durability, OpenOptions};
pub use store::LmdbStore;

#[cfg(test)]
mod tests;
