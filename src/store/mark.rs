//! What is left of a contract's history after it was pruned.

use super::Moment;
use super::codec::{self, DecodeError, Reader, Writer};
use crate::units::Version;

/// Where the history that is kept of a contract begins.
///
/// ```text
/// mark:  version varint ‖ moment ‖ checksum u64
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
        self.moment.write(Writer::new().varint(self.version.0)).seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let version = Version(reader.varint()?);
        let moment = Moment::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { version, moment })
    }
}
