//! The list of late groups: which blocks of a tree are not recorded as they are. See `tree.rs`.

use std::collections::BTreeSet;

use crate::store::codec::{self, DecodeError, Reader, Writer};

/// The groups whose hashes the recorded upper blocks of a contract do not have yet.
///
/// Record: the groups in ascending order, u16 each ‖ checksum. An empty one is not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LateGroups(pub(super) BTreeSet<u16>);

impl LateGroups {
    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.0.len() * size_of::<u16>() + codec::CHECKSUM_BYTES);
        for group in &self.0 {
            writer.u16(*group);
        }
        writer.seal(key)
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let mut groups = BTreeSet::new();
        while !reader.is_empty() {
            let group = reader.u16()?;
            if groups.last().is_some_and(|last| *last >= group) {
                return Err(DecodeError::Invalid("order of groups"));
            }
            groups.insert(group);
        }
        if groups.is_empty() { Err(DecodeError::Invalid("number of groups")) } else { Ok(Self(groups)) }
    }
}
