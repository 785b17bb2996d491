//! A page of a tree: a branch or a leaf.

use std::cmp::Ordering;

use super::{u16_at, u32_at, u64_at};

/// The size in bytes of a page's header.
pub(super) const HEADER_BYTES: usize = 16;

/// Offsets in the header.
pub(super) const FLAGS_AT: usize = 10;
const OFFSETS_END_AT: usize = 12;
const NODES_BEGIN_AT: usize = 14;

/// Flags of a page.
const BRANCH: u16 = 1;
const LEAF: u16 = 2;

/// The size in bytes of a node's header.
const NODE_HEADER_BYTES: usize = 8;

/// Flags of a node in a leaf: the value is in overflow pages; the value describes another table, which only other programs have.
const OVERFLOW: u16 = 1;
const TABLE: u16 = 2;

/// How the keys of a tree are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Bytes,
    /// As integers of eight bytes: the free list.
    Integers,
}

impl Order {
    #[inline]
    pub(super) fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Self::Bytes => a.cmp(b),
            Self::Integers => u64_at(a, 0).cmp(&u64_at(b, 0)),
        }
    }
}

/// A branch or a leaf. Its nodes can be read without a panic whether it was verified or not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NodePage<'t> {
    bytes: &'t [u8],
}

/// A node: a key, and below it a page or a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    pub(super) key: &'t [u8],
    pub(super) below: Below<'t>,
    /// The length of the node in the page.
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Below<'t> {
    Page(u64),
    Value(&'t [u8]),
    /// The first of the overflow pages of a value, and the length of the value.
    Overflow(u64, usize),
}

impl<'t> NodePage<'t> {
    #[inline]
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes }
    }

    /// Returns the number of nodes.
    #[inline]
    pub(super) fn count(&self) -> usize {
        usize::from(u16_at(self.bytes, OFFSETS_END_AT)).saturating_sub(HEADER_BYTES) / size_of::<u16>()
    }

    #[inline]
    fn offset(&self, index: usize) -> usize {
        usize::from(u16_at(self.bytes, HEADER_BYTES + index * size_of::<u16>()))
    }

    /// Returns a node, or `None` if it does not lie in the page.
    #[inline]
    pub(super) fn node(&self, index: usize) -> Option<Node<'t>> {
        let node = self.bytes.get(self.offset(index)..)?;
        let (length, flags) = (u32_at(node, 0), u16_at(node, 4));
        let value_at = NODE_HEADER_BYTES + usize::from(u16_at(node, 6));
        let key = node.get(NODE_HEADER_BYTES..value_at)?;
        let (below, end) = if u16_at(self.bytes, FLAGS_AT) == BRANCH {
            (Below::Page(u64::from(length) | u64::from(flags) << 32), value_at)
        } else if flags == OVERFLOW {
            let end = value_at + size_of::<u64>();
            (Below::Overflow(u64_at(node.get(..end)?, value_at), length as usize), end)
        } else {
            let end = value_at + length as usize;
            (Below::Value(node.get(value_at..end)?), end)
        };
        Some(Node { key, below, bytes: end.next_multiple_of(2) })
    }

    /// Returns the key of a node; empty if it does not lie in the page.
    #[inline]
    pub(super) fn key(&self, index: usize) -> &'t [u8] {
        let key_at = self.offset(index) + NODE_HEADER_BYTES;
        let length = usize::from(u16_at(self.bytes, key_at - size_of::<u16>()));
        self.bytes.get(key_at..key_at + length).unwrap_or_default()
    }

    /// Returns the index of the first node of a leaf whose key is not less than `key`.
    #[inline]
    pub(super) fn lower_bound(&self, key: &[u8], order: Order) -> usize {
        self.first(0, |found| order.compare(found, key) != Ordering::Less)
    }

    /// Returns the index of the node of a branch below which `key` would be. The key of the first node does not matter.
    #[inline]
    pub(super) fn child_for(&self, key: &[u8], order: Order) -> usize {
        self.first(1, |found| order.compare(found, key) == Ordering::Greater) - 1
    }

    /// Returns the index of the first node from `low` on whose key fulfils `is`, which all keys after it fulfil too.
    #[inline]
    fn first(&self, mut low: usize, is: impl Fn(&[u8]) -> bool) -> usize {
        let mut high = self.count().max(low);
        while low < high {
            let middle = low + (high - low) / 2;
            if is(self.key(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// Verifies a page. Returns the part that is not valid.
    ///
    /// The nodes cover the page from the end of its free space on if and only if their lengths add up, and so do the differences of
    /// the squares of their ends and begins. No single change of an offset or of a length keeps both sums.
    pub(super) fn verify(&self, number: u64, is_leaf: bool, pages: u64, order: Order) -> Result<(), &'static str> {
        let size = self.bytes.len();
        let (offsets_end, begin) =
            (u16_at(self.bytes, OFFSETS_END_AT), usize::from(u16_at(self.bytes, NODES_BEGIN_AT)));
        let flags = if is_leaf { LEAF } else { BRANCH };
        if u64_at(self.bytes, 0) != number || u16_at(self.bytes, FLAGS_AT) != flags {
            return Err("header");
        }
        let (count, least) = (self.count(), if is_leaf || order == Order::Integers { 1 } else { 2 });
        if count < least || !offsets_end.is_multiple_of(2) || usize::from(offsets_end) > begin || begin > size {
            return Err("header");
        }
        let (mut bytes, mut squares, mut before) = (0, 0, None);
        for index in 0..count {
            let (offset, node) = (self.offset(index), self.node(index).ok_or("set of nodes")?);
            let end = offset + node.bytes;
            if offset < begin || end > size || !offset.is_multiple_of(2) {
                return Err("set of nodes");
            }
            bytes += node.bytes;
            squares += end * end - offset * offset;
            if before.is_some_and(|before| order.compare(before, node.key) != Ordering::Less) {
                return Err("order of keys");
            }
            before = (is_leaf || index > 0).then_some(node.key);
            let is_valid = match node.below {
                Below::Page(page) | Below::Overflow(page, _) => (2..pages).contains(&page),
                Below::Value(_) => matches!(u16_at(self.bytes, offset + 4), 0 | TABLE),
            };
            if !is_valid {
                return Err("set of nodes");
            }
        }
        if (bytes, squares) == (size - begin, size * size - begin * begin) { Ok(()) } else { Err("set of nodes") }
    }
}
