//! What is left of a contract's history after it was pruned.

use super::Moment;
use super::codec::{self, DecodeError, Reader, Writer};
use crate::units::{CommitNumber, Version};

/// Where the history that is kept of a contract begins.
///
/// ```text
/// mark:  version varint ‖ commit varint ‖ step varint ‖ checksum u64
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The oldest version that can be read.
    pub version: Version,
    /// The moment that made it: the oldest one at which the contract's account can be read.
    pub moment: Moment,
}

impl Mark {
    pub(super) fn encode(self, key: &[u8]) -> Vec<u8> {
        let Moment { commit, step } = self.moment;
        Writer::new().varint(self.version.0).varint(commit.0).varint(step.into()).seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let version = Version(reader.varint()?);
        let commit = CommitNumber(reader.varint()?);
        let step = u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("step"))?;
        reader.finish()?;
        Ok(Self { version, moment: Moment { commit, step } })
    }
}
