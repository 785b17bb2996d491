//! The lock of the process that writes.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::failure::io_error;
use super::files::{DATA_FILE, WRITER_LOCK_FILE};
use super::process::Process;
use crate::store::StoreError;

/// The lock of the writer: on `vellum.lock`, and on the data file itself, as the former can be deleted while it is locked. LMDB's locks
/// are of another kind, and on `lock.mdb`.
///
/// They end with the process at the latest. They are unlocked explicitly: a child process that is being started has a copy of the file
/// descriptors, so closing these here would leave the locks with that copy. A child that drops its copy only closes it, as the locks
/// are its parent's.
#[derive(Debug)]
pub(super) struct WriterLock {
    files: [File; 2],
    process: Process,
}

impl WriterLock {
    /// Takes the lock. The data file must exist.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let files = [lock(path, WRITER_LOCK_FILE, true)?, lock(path, DATA_FILE, false)?];
        Ok(Self { files, process: Process::current() })
    }
}

fn lock(path: &Path, name: &str, create: bool) -> Result<File, StoreError> {
    let name = path.join(name);
    let file = File::options().write(true).create(create).truncate(false).open(&name);
    let file = file.map_err(io_error("opening for writing", &name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(io_error("locking", &name)(error)),
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        if !self.process.is_current() {
            return;
        }
        for file in &self.files {
            // If this fails, the lock ends when the file is closed.
            let _ = file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_copy_of_the_lock_in_a_child_being_started_does_not_keep_it() {
        let directory = TempDir::new().unwrap();
        File::create(directory.path().join(DATA_FILE)).unwrap();
        let lock = WriterLock::take(directory.path()).unwrap();
        let copies: Vec<File> = lock.files.iter().map(|file| file.try_clone().unwrap()).collect();
        assert!(matches!(WriterLock::take(directory.path()), Err(StoreError::Locked { .. })));
        drop(lock);
        WriterLock::take(directory.path()).unwrap();
        drop(copies);
    }

    #[test]
    fn each_of_the_two_files_keeps_a_second_writer_out() {
        let directory = TempDir::new().unwrap();
        File::create(directory.path().join(DATA_FILE)).unwrap();
        let _lock = WriterLock::take(directory.path()).unwrap();
        std::fs::remove_file(directory.path().join(WRITER_LOCK_FILE)).unwrap();
        assert!(matches!(WriterLock::take(directory.path()), Err(StoreError::Locked { .. })));
    }
}
