//! Opening the store that a command works on.

use std::path::Path;
use std::sync::Arc;

use vellum::store::{Access, LmdbStore, OpenOptions};
use vellum::vm::Vm;

use super::error::CliError;

/// What a command does with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Only reads: neither waits for a writer nor keeps one out.
    Read,
    /// Changes a store that is there.
    Change,
    /// Changes a store, and makes it first where there is none.
    Found,
}

/// Opens the store of a directory.
pub fn open_store(directory: &Path, purpose: Purpose) -> Result<Arc<LmdbStore>, CliError> {
    let access = match purpose {
        Purpose::Read => Access::ReadOnly,
        Purpose::Change | Purpose::Found => Access::ReadWrite,
    };
    let options = OpenOptions { access, create: purpose == Purpose::Found, ..OpenOptions::default() };
    Ok(LmdbStore::open(directory, &options)?)
}

/// Opens the store of a directory, and makes a VM over it.
pub fn open(directory: &Path, purpose: Purpose) -> Result<Vm, CliError> {
    Ok(Vm::new(open_store(directory, purpose)?)?)
}
