//! Directories for temporary stores, which a later run removes if their process was killed.

use std::fs::{self, DirEntry, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{io, process};

/// A directory that is removed when it is dropped.
///
/// The process holds a lock on it. The lock ends with the process, so a directory without a lock is one that a killed process left.
#[derive(Debug)]
pub(crate) struct ScratchDirectory {
    path: PathBuf,
    _lock: File,
}

impl ScratchDirectory {
    /// Makes a directory in `parent` whose name begins with `prefix`. Removes those of killed processes with the same prefix.
    pub(crate) fn new(parent: &Path, prefix: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(parent)?;
        remove_abandoned(parent, prefix);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{prefix}{}-{number}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {}
                // An earlier process with the same id was killed, and its directory cannot be removed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            match lock(&path) {
                Ok(lock) => return Ok(Self { path, _lock: lock }),
                // Another process has removed the directory, as it had no lock yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let _ = fs::remove_dir(&path);
                    return Err(error);
                }
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        // What cannot be removed now is removed by a later run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Locks a directory that this process has made, and verifies that it is still there.
fn lock(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    file.lock()?;
    if fs::symlink_metadata(path)?.ino() == file.metadata()?.ino() {
        Ok(file)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Removes the directories of killed processes. Errors are ignored: the directories only take space.
fn remove_abandoned(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)) {
        if let Some(_lock) = lock_abandoned(&entry) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Locks a directory of this user if no process has it locked.
fn lock_abandoned(entry: &DirEntry) -> Option<File> {
    // This does not follow a symbolic link.
    let found = entry.metadata().ok()?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return None;
    }
    let file = File::open(entry.path()).ok()?;
    match file.try_lock() {
        Ok(()) if file.metadata().ok()?.ino() == found.ino() => Some(file),
        Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_removed_at_its_end_or_by_a_later_run_and_never_while_it_is_used() {
        let parent = tempfile::tempdir().unwrap();
        let names = || {
            let names = fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("kept"), "").unwrap();
        std::os::unix::fs::symlink(outside.path(), parent.path().join("ours-link")).unwrap();
        for left in ["ours-1-0", "other-1-0"] {
            fs::create_dir(parent.path().join(left)).unwrap();
            fs::write(parent.path().join(left).join("data.mdb"), "").unwrap();
        }
        let first = ScratchDirectory::new(parent.path(), "ours-").unwrap();
        fs::write(first.path().join("data.mdb"), "").unwrap();
        let second = ScratchDirectory::new(parent.path(), "ours-").unwrap();
        assert!(first.path().join("data.mdb").exists() && second.path().exists());
        assert!(names().contains(&"other-1-0".to_owned()) && !names().contains(&"ours-1-0".to_owned()));
        drop((first, second));
        assert_eq!(names().len(), 2, "{:?}", names());
        assert!(outside.path().join("kept").exists());
    }
}
