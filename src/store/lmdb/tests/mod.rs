//! Tests of what only a store on disk has: a file that can be damaged, other processes, a path that can be wrong.

mod backup;
mod bound;
mod child;
#[cfg(feature = "lab")]
mod cost;
mod crash;
mod damage;
mod faults;
mod files;
mod full;
mod growth;
mod map;
mod mending;
mod opening;
mod recovery;
mod size;
mod space;
mod tree;
mod unfinished;

use std::path::Path;
use std::sync::Arc;

use super::environment::Shared;
use super::options::Settings;
use super::*;
use crate::store::{Account, Batch, MemoryStore, PageStore, Snapshot, StoreError, world};
use crate::units::{Address, Version};

fn open_async(path: &Path) -> Arc<LmdbStore> {
    LmdbStore::open(path, &OpenOptions { durability: Durability::Async, ..OpenOptions::default() }).unwrap()
}

/// See [`LmdbStore::open_small`].
fn open_small(path: &Path, through_map: bool) -> Arc<LmdbStore> {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    LmdbStore::open_with(path, &options, Settings { late_groups: 1, through_map, ..Settings::default() }).unwrap()
}

/// Opens without syncing, and writes through the map or as where it cannot.
fn open_written(path: &Path, through_map: bool) -> Arc<LmdbStore> {
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    LmdbStore::open_with(path, &options, Settings { through_map, ..Settings::default() }).unwrap()
}

fn open_with_map(path: &Path, options: &OpenOptions, map_bytes: usize) -> Arc<LmdbStore> {
    LmdbStore::open_with(path, options, Settings { map_bytes, ..Settings::default() }).unwrap()
}

fn read_only() -> OpenOptions {
    OpenOptions { access: Access::ReadOnly, ..OpenOptions::default() }
}

/// The error of opening, with the check that it names the path.
fn opening_error(path: &Path, options: &OpenOptions) -> StoreError {
    let error = LmdbStore::open(path, options).unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    error
}
