//! Tests of the behaviour that all stores share, and helpers that deploy and write as a transaction does.

mod blocks;
mod lockstep;
mod rules;

use std::sync::Arc;

use tempfile::TempDir;

use super::hash::{ZERO_PAGE, code_hash};
pub(crate) use super::model::{CODE, MAX_PAGES, Model, Pages, address, deploy, page_with, write_all, write_block};
use super::*;
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

/// Commits new pages of one contract, with a receipt.
pub(crate) fn write(store: &dyn PageStore, address: Address, pages: &[(u32, PageBytes)]) -> Result<(), StoreError> {
    write_all(store, &[(address, pages.iter().copied().collect())])
}

/// Returns a store in memory and one on disk. Dropping the directory deletes it.
fn both_stores() -> (TempDir, [Arc<dyn PageStore>; 2]) {
    let directory = TempDir::new().unwrap();
    let on_disk = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    (directory, [MemoryStore::new(), on_disk])
}
