//! Backups.

use std::path::Path;

use super::{Error, Vm};
use crate::store::Backup;

impl Vm {
    /// Copies the store, as of the last commit, to a directory that does not exist or is empty. Commits of this process and of others go
    /// on meanwhile. The copy is a store, which can be opened like any other. If it is compact, it has no free pages, and making it takes
    /// longer.
    ///
    /// Copying the files of a store that is open for writing gives no backup: its pages would be of different commits.
    ///
    /// # Errors
    /// Returns an error if the directory is not empty, the store has no files, or the store, or the disk of the copy, fails. Then the
    /// directory has no store.
    pub fn backup(&self, directory: impl AsRef<Path>, is_compact: bool) -> Result<Backup, Error> {
        Ok(self.store().backup(directory.as_ref(), is_compact)?)
    }
}
