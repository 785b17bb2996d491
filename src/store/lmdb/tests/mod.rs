//! Tests of what only a store on disk has: a file that can be damaged, other processes, a path that can be wrong.

mod child;
#[cfg(feature = "lab")]
mod cost;
mod crash;
mod damage;
mod faults;
mod full;
mod growth;
mod map;
mod mending;
mod opening;
mod recovery;
mod size;
mod tree;

use std::path::Path;
use std::sync::Arc;

use super::options::Sizes;
use super::*;
use crate::store::{Account, Batch, PageStore, Snapshot, StoreError, world};
use crate::units::{Address, Version};

fn open_async(path: &Path) -> Arc<LmdbStore> {
    LmdbStore::open(path, &OpenOptions { durability: Durability::Async, ..OpenOptions::default() }).unwrap()
}

/// See [`LmdbStore::open_small`].
fn open_small(path: &Path) -> Arc<LmdbStore> {
    LmdbStore::open_small(path, &OpenOptions { durability: Durability::Async, ..OpenOptions::default() }).unwrap()
}

fn open_with_map(path: &Path, options: &OpenOptions, map_bytes: usize) -> Arc<LmdbStore> {
    LmdbStore::open_with(path, options, Sizes { map_bytes, ..Sizes::default() }).unwrap()
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
