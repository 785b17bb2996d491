//! The head of a state tree on disk: its depth and its late groups. See `tree.rs`.

use std::collections::BTreeSet;

use crate::limits::MAX_TREE_DEPTH;
use crate::store::codec::{self, DecodeError, Reader, Writer};

/// The depth of a contract's tree, and its late groups: those whose hashes the recorded upper blocks do not include yet.
///
/// Record: depth u8 ‖ the groups in ascending order, u16 each ‖ checksum. A head with depth 0 and no groups is not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TreeHead {
    pub(super) depth: u32,
    pub(super) late: BTreeSet<u16>,
}

impl TreeHead {
    pub(super) fn is_stored(&self) -> bool {
        *self != Self::default()
    }

    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1 + self.late.len() * size_of::<u16>() + codec::CHECKSUM_BYTES);
        writer.u8(self.depth as u8);
        for group in &self.late {
            writer.u16(*group);
        }
        writer.seal(key)
    }

    /// Returns the depth of a recorded head, and whether a group is late. Allocates nothing.
    pub(super) fn depth_and_lateness(key: &[u8], record: &[u8], group: u16) -> Result<(u32, bool), DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let depth = u32::from(reader.u8()?);
        let mut is_late = false;
        while !reader.is_empty() {
            is_late |= reader.u16()? == group;
        }
        Ok((depth, is_late))
    }

    pub(super) fn decode(key: &[u8], record: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(codec::unseal(key, record)?);
        let depth = u32::from(reader.u8()?);
        let mut late = BTreeSet::new();
        while !reader.is_empty() {
            let group = reader.u16()?;
            if late.last().is_some_and(|last| *last >= group) {
                return Err(DecodeError::Invalid("order of groups"));
            }
            late.insert(group);
        }
        let head = Self { depth, late };
        if depth <= MAX_TREE_DEPTH && head.is_stored() { Ok(head) } else { Err(DecodeError::Invalid("depth")) }
    }
}
