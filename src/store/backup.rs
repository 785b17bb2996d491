//! The result of a backup.

use crate::units::CommitNumber;

/// A backup that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The last commit that it has.
    pub commit: CommitNumber,
    /// Its size in bytes.
    pub bytes: u64,
}
