//! Directories of stores, and data files as a killed process leaves them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io, process};

use crate::units::PAGE_SIZE;

/// A directory for temporary files, removed when it is dropped.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("vellum-fuzz-{}-{number}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                // An earlier process with the same id was killed before it removed its directory.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the data file.
    pub(super) fn data(&self) -> io::Result<Vec<u8>> {
        fs::read(self.0.join("data.mdb"))
    }

    pub(super) fn write(&self, data: &[u8]) -> io::Result<()> {
        fs::write(self.0.join("data.mdb"), data)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // If this fails, the system's clean-up of temporary files removes the rest.
        let _ = fs::remove_dir_all(&self.0);
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
