//! The history start of a pruned contract.

use super::Moment;
use super::codec::{self, DecodeError, Reader, Writer};
use crate::units::Version;

/// The history start of a contract: the oldest version that remains after pruning.
///
/// ```text
/// mark:  version varint ‖ moment ‖ checksum u64
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The oldest version that can be read.
    pub version: Version,
    /// The moment that made this version: the oldest one at which the contract's account can be read.
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
