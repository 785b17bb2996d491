//! Moments: the states of all accounts, one after another.
//!
//! ```text
//! moment in a record:  commit varint ‖ step varint
//! ```

use std::fmt;

use super::codec::{DecodeError, Reader, Writer};
use crate::units::CommitNumber;

/// A state of the whole world: right after a commit, or after one of the deployments and fundings that followed it, which are
/// not commits. The default is the empty world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment {
    /// The last commit.
    pub commit: CommitNumber,
    /// Number of deployments and fundings after it.
    pub step: u32,
}

impl Moment {
    /// Returns the moment right after a commit.
    pub fn after(commit: CommitNumber) -> Self {
        Self { commit, step: 0 }
    }

    /// Returns the last possible moment before the next commit.
    pub(super) fn end_of(commit: CommitNumber) -> Self {
        Self { commit, step: u32::MAX }
    }

    /// Returns the moment after the next change: a commit, or a deployment or funding for `None`.
    pub(super) fn followed_by(self, commit: Option<CommitNumber>) -> Option<Self> {
        match commit {
            Some(commit) => Some(Self::after(commit)),
            None => Some(Self { commit: self.commit, step: self.step.checked_add(1)? }),
        }
    }

    /// Returns the latest possible moment before this one.
    pub fn preceding(self) -> Option<Self> {
        match self.step.checked_sub(1) {
            Some(step) => Some(Self { step, ..self }),
            None => Some(Self::end_of(CommitNumber(self.commit.0.checked_sub(1)?))),
        }
    }

    /// Returns whether `next` can directly follow this moment.
    pub(super) fn precedes(self, next: Self) -> bool {
        Some(next) == self.followed_by(None) || Some(next.commit.0) == self.commit.0.checked_add(1) && next.step == 0
    }
}

impl Moment {
    /// Encodes the moment into a record.
    pub(super) fn write(self, writer: &mut Writer) -> &mut Writer {
        writer.varint(self.commit.0).varint(self.step.into())
    }

    /// Decodes a moment from a record.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let commit = CommitNumber(reader.varint()?);
        let step = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("step"))?;
        Ok(Self { commit, step })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            0 => write!(f, "commit {}", self.commit),
            step => write!(f, "commit {} and {step} deployments and fundings after it", self.commit),
        }
    }
}
