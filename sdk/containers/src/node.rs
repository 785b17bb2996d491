//! The first eight bytes of a node.

use crate::space::{Space, get, set};

/// The kind of a bucket.
pub(crate) const BUCKET: u8 = 1;
/// The kind of a directory.
pub(crate) const DIRECTORY: u8 = 2;
/// The kind of a node of a sorted map.
pub(crate) const TREE: u8 = 3;

/// The head of a node.
pub(crate) struct Head {
    pub(crate) kind: u8,
    /// Of a bucket: bits in common. Of a directory or a tree node: its level.
    pub(crate) bits: u8,
    /// Entries; of a directory: slots that are not empty; of an inner tree node: separators.
    pub(crate) count: u32,
    pub(crate) capacity: u32,
}

impl Head {
    #[inline]
    pub(crate) fn read<S: Space>(space: S, node: u32) -> Result<Self, S::Error> {
        let head: u64 = get(space, node)?;
        let [kind, bits, ..] = head.to_le_bytes();
        Ok(Self { kind, bits, count: (head >> 16) as u16 as u32, capacity: (head >> 32) as u16 as u32 })
    }

    pub(crate) fn write<S: Space>(&self, space: S, node: u32) -> Result<(), S::Error> {
        let [kind, bits] = [self.kind, self.bits].map(u64::from);
        set(space, node, kind | bits << 8 | u64::from(self.count) << 16 | u64::from(self.capacity) << 32)
    }
}
