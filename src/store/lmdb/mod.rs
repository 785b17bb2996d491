//! A store on disk, over LMDB. Only this folder uses LMDB.
//!
//! ```text
//! LmdbStore (one per opening) ─┐
//! LmdbSnapshot ────────────────┴─→ Shared (one per database and process) ─→ LMDB: reader table in lock.mdb, write transactions
//!                                                                          pages: data.mdb as it is read
//!                                                                          right to write: locks on vellum.lock and data.mdb
//! ```
//! Invariants
//! 1. A process opens a database once. LMDB's file locks belong to the process, so closing a second opening would release
//!    those of the first. (`environment::share`.)
//! 2. One process writes at a time, and in it one thread. Readers wait for neither. (`WriterLock`,
//!    `Shared::writer`, LMDB's own mutex.)
//! 3. A commit is one LMDB transaction. (`commit::commit`.)
//! 4. The map is put elsewhere only while no transaction of this process is open. (`gate`, `map`.)
//! 5. The recorded blocks of a contract's tree are those of its newest account, except the blocks above its late groups.
//!    (`tree`; verified by the check.)
//! 6. Bytes from the file are decoded only by `codec::Reader`, after their checksum or hash was verified.
//! 7. A child of a fork neither uses nor closes what it inherits of a database: that would change the locks and slots of its parent. It
//!    opens the database again. (`process`, `Shared::require_own_process`.)
//! 8. A page that is written through the map has a block on the disk. (`reservation`, `bound`; every write transaction is a
//!    `writing::Writing`, which verifies how many pages it took.)
//! 9. Snapshots read the data file without LMDB, and no page of it is used or changed that was not verified. (`pages`.)

mod absence;
mod backup;
mod blocks;
mod bound;
mod commit;
#[cfg(any(test, feature = "fuzzing"))]
mod decoders;
mod directory;
mod environment;
mod failure;
mod file_system;
mod files;
mod gate;
mod layout;
mod map;
mod mend;
mod new_history;
mod open;
mod open_file;
mod options;
mod page;
mod pages;
mod process;
mod prune;
mod read;
mod readers;
mod reservation;
mod scan;
mod snapshot;
mod source;
mod store;
mod tree;
mod tree_head;
mod unfinished;
mod upper;
mod writer_lock;
mod writing;

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use decoders::decode_anything;
pub use options::{Access, Durability, OpenOptions};
pub(crate) use process::{Process, ProcessLocal};
pub use store::LmdbStore;

#[cfg(test)]
mod tests;
