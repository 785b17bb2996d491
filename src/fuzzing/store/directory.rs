//! Directories of stores, and data files as a killed process leaves them.

use std::path::Path;
use std::{env, fs, io};

use crate::scratch::ScratchDirectory;
use crate::units::PAGE_SIZE;

/// A temporary directory for a store.
pub(super) struct Directory(ScratchDirectory);

impl Directory {
    pub(super) fn new() -> io::Result<Self> {
        ScratchDirectory::new(&env::temp_dir(), "vellum-fuzz-").map(Self)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Reads the data file.
    pub(super) fn data(&self) -> io::Result<Vec<u8>> {
        fs::read(self.path().join("data.mdb"))
    }

    pub(super) fn write(&self, data: &[u8]) -> io::Result<()> {
        fs::write(self.path().join("data.mdb"), data)
    }
}

/// Returns a data file with only some of the database pages that a transaction wrote. The bits of `chosen` select them. The
/// transaction's root is not among them, as LMDB writes it last, to one of the first two pages.
pub(super) fn torn(before: &[u8], after: &[u8], chosen: u64) -> Vec<u8> {
    let mut torn = before.to_vec();
    torn.resize(after.len().max(before.len()), 0);
    let pages = torn.chunks_mut(PAGE_SIZE).zip(after.chunks(PAGE_SIZE)).enumerate().skip(2);
    for (number, (torn, after)) in pages {
        if chosen.rotate_right(number as u32) & 1 == 1 {
            torn.copy_from_slice(after);
        }
    }
    torn
}
