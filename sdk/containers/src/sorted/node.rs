//! Nodes of the tree.
//!
//! ```text
//!  0          1          2         4            6       16                keys end, aligned
//!  ┌──────────┬──────────┬─────────┬────────────┬───────┬─────────────────┬─────────────────────────────┐
//!  │ kind = 3 │ level    │ count   │ capacity   │ zeros │ keys, capacity  │ leaf: values, capacity      │
//!  │ u8       │ u8       │ u16     │ u16        │       │                 │ inner: capacity + 1 offsets │
//!  └──────────┴──────────┴─────────┴────────────┴───────┴─────────────────┴─────────────────────────────┘
//! ```
//! Level 0 is a leaf. The keys of an inner node are *separators*: number `i` has the same bytes as the smallest key below child `i + 1`.
//! What lies beyond `count` is zero.

use core::marker::PhantomData;

use crate::heap::{allocate, free, rounded};
use crate::key::Key;
use crate::node::{Head, TREE};
use crate::space::{Failure, Space, copy, get, place, place_mut, set, zero};
use crate::stored::Stored;

/// The offset of the keys.
const KEYS: u32 = 16;
/// Bytes of a full node, unless four entries need more.
const LARGEST: u32 = 4096;
/// The highest level.
pub(super) const LEVELS: usize = 12;

/// A node whose head was checked: its count is at most its capacity, and all of it lies in the space.
pub(super) struct Node<K, V> {
    pub(super) at: u32,
    pub(super) level: u8,
    pub(super) count: u32,
    pub(super) capacity: u32,
    entries: PhantomData<(K, V)>,
}

/// An entry of a leaf, by its index.
pub(super) type Entry<K, V> = (Node<K, V>, u32);

impl<K, V> Clone for Node<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Node<K, V> {}

impl<K: Key, V: Stored> Node<K, V> {
    const KEY: u32 = {
        assert!(size_of::<K>() > 0 && size_of::<K>() <= 1 << 20, "a key has 1 to 1048576 bytes");
        size_of::<K>() as u32
    };
    const VALUE: u32 = {
        assert!(size_of::<V>() <= 1 << 20, "a value has at most 1048576 bytes");
        size_of::<V>() as u32
    };
    /// Entries of a full leaf.
    pub(super) const LEAF: u32 = Self::most(0);
    /// Separators of a full inner node.
    pub(super) const INNER: u32 = Self::most(1);

    const fn most(level: u8) -> u32 {
        let fitting = Self::fitting(level, LARGEST);
        if fitting < 4 { 4 } else { fitting }
    }

    /// The entries of a full node.
    pub(super) const fn full(level: u8) -> u32 {
        if level == 0 { Self::LEAF } else { Self::INNER }
    }

    /// The offset of the values or children in a node.
    #[inline]
    const fn rest(level: u8, capacity: u32) -> u32 {
        let align = if level == 0 { align_of::<V>() } else { 4 };
        (KEYS + capacity * Self::KEY).next_multiple_of(align as u32)
    }

    /// The bytes of a node.
    const fn bytes(level: u8, capacity: u32) -> u32 {
        let rest = Self::rest(level, capacity);
        if level == 0 { rest + capacity * Self::VALUE } else { rest + 4 * (capacity + 1) }
    }

    /// How many entries fit into a block.
    const fn fitting(level: u8, block: u32) -> u32 {
        let mut capacity = (block - KEYS) / (Self::KEY + if level == 0 { Self::VALUE } else { 4 });
        while capacity > 0 && Self::bytes(level, capacity) > block {
            capacity -= 1;
        }
        capacity
    }

    /// The capacity of the smallest leaf for `count` entries, at most a full one.
    fn capacity_for(count: u32) -> u32 {
        Self::fitting(0, rounded(Self::bytes(0, count.min(Self::LEAF)))).min(Self::LEAF)
    }

    /// Reads and checks a head.
    #[inline]
    pub(super) fn read<S: Space>(space: S, at: u32) -> Result<Self, S::Error> {
        let Head { kind, bits: level, count, capacity } = Head::read(space, at)?;
        let is_sound = kind == TREE && usize::from(level) < LEVELS && count <= capacity && capacity > 0;
        if !is_sound
            || capacity > Self::full(level)
            || u64::from(at) + u64::from(Self::bytes(level, capacity)) > space.size()
        {
            return Err(space.fail(Failure::NodeDamaged));
        }
        Ok(Self { at, level, count, capacity, entries: PhantomData })
    }

    /// Allocates an empty node.
    fn allocate<S: Space>(space: S, level: u8, capacity: u32) -> Result<Self, S::Error> {
        let at = allocate(space, Self::bytes(level, capacity))?;
        Ok(Self { at, level, count: 0, capacity, entries: PhantomData })
    }

    /// Allocates an empty leaf for `count` entries.
    pub(super) fn leaf<S: Space>(space: S, count: u32) -> Result<Self, S::Error> {
        Self::allocate(space, 0, Self::capacity_for(count))
    }

    /// Allocates an empty node of full size.
    pub(super) fn of_full_size<S: Space>(space: S, level: u8) -> Result<Self, S::Error> {
        Self::allocate(space, level, Self::full(level))
    }

    pub(super) fn free<S: Space>(&self, space: S) -> Result<(), S::Error> {
        free(space, self.at, Self::bytes(self.level, self.capacity))
    }

    pub(super) fn set_count<S: Space>(&mut self, space: S, count: u32) -> Result<(), S::Error> {
        self.count = count;
        Head { kind: TREE, bits: self.level, count, capacity: self.capacity }.write(space, self.at)
    }

    fn key_at(&self, index: u32) -> u32 {
        self.at + KEYS + index * Self::KEY
    }

    /// The offset of a value.
    fn value_at(&self, index: u32) -> u32 {
        self.at + Self::rest(0, self.capacity) + index * Self::VALUE
    }

    fn child_at(&self, index: u32) -> u32 {
        self.at + Self::rest(1, self.capacity) + index * 4
    }

    #[inline]
    pub(super) fn key<S: Space>(&self, space: S, index: u32) -> Result<*const K, S::Error> {
        place(space, self.key_at(index))
    }

    pub(super) fn key_mut<S: Space>(&self, space: S, index: u32) -> Result<*mut K, S::Error> {
        place_mut(space, self.key_at(index))
    }

    #[inline]
    pub(super) fn value<S: Space>(&self, space: S, index: u32) -> Result<*const V, S::Error> {
        place(space, self.value_at(index))
    }

    pub(super) fn value_mut<S: Space>(&self, space: S, index: u32) -> Result<*mut V, S::Error> {
        place_mut(space, self.value_at(index))
    }

    /// Returns a child, whose level is checked.
    #[inline]
    pub(super) fn child<S: Space>(&self, space: S, index: u32) -> Result<Self, S::Error> {
        let child = Self::read(space, get(space, self.child_at(index))?)?;
        if child.level + 1 == self.level { Ok(child) } else { Err(space.fail(Failure::NodeDamaged)) }
    }

    pub(super) fn set_child<S: Space>(&self, space: S, index: u32, child: u32) -> Result<(), S::Error> {
        set(space, self.child_at(index), child)
    }

    /// Copies a separator's or key's bytes over a separator.
    pub(super) fn copy_key<S: Space>(
        &self,
        space: S,
        index: u32,
        from: &Self,
        from_index: u32,
    ) -> Result<(), S::Error> {
        copy(space, from.key_at(from_index), self.key_at(index), Self::KEY)
    }

    /// Finds a key: the index of the first key that is not smaller, and whether it is equal.
    ///
    /// # Safety
    ///
    /// The keys belong to `space`.
    #[inline]
    pub(super) unsafe fn search<S: Space>(&self, space: S, key: &K::Query) -> Result<(u32, bool), S::Error> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            // SAFETY: `key` returns a pointer that is valid for reads.
            let order = unsafe { K::compare(key, self.key(space, middle)?, space) }?;
            if order.is_eq() {
                return Ok((middle, true));
            }
            (low, high) = if order.is_lt() { (low, middle) } else { (middle + 1, high) };
        }
        Ok((low, false))
    }

    /// Makes room for an entry of a leaf at an index. The bytes of its value are zero.
    pub(super) fn open<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let behind = self.count - index;
        copy(space, self.key_at(index), self.key_at(index + 1), behind * Self::KEY)?;
        copy(space, self.value_at(index), self.value_at(index + 1), behind * Self::VALUE)?;
        zero(space, self.value_at(index), Self::VALUE)?;
        self.set_count(space, self.count + 1)
    }

    /// Removes an entry of a leaf.
    pub(super) fn close<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let (behind, last) = (self.count - index - 1, self.count - 1);
        copy(space, self.key_at(index + 1), self.key_at(index), behind * Self::KEY)?;
        copy(space, self.value_at(index + 1), self.value_at(index), behind * Self::VALUE)?;
        zero(space, self.key_at(last), Self::KEY)?;
        zero(space, self.value_at(last), Self::VALUE)?;
        self.set_count(space, last)
    }

    /// Makes room for a separator at an index and a child behind it. Both are left to the caller.
    pub(super) fn open_inner<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let behind = self.count - index;
        copy(space, self.key_at(index), self.key_at(index + 1), behind * Self::KEY)?;
        copy(space, self.child_at(index + 1), self.child_at(index + 2), behind * 4)?;
        self.set_count(space, self.count + 1)
    }

    /// Removes a separator and the child behind it.
    pub(super) fn close_inner<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let (behind, last) = (self.count - index - 1, self.count - 1);
        copy(space, self.key_at(index + 1), self.key_at(index), behind * Self::KEY)?;
        copy(space, self.child_at(index + 2), self.child_at(index + 1), behind * 4)?;
        zero(space, self.key_at(last), Self::KEY)?;
        zero(space, self.child_at(last + 1), 4)?;
        self.set_count(space, last)
    }

    /// Removes the first child and the separator behind it.
    pub(super) fn drop_first_child<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        copy(space, self.child_at(1), self.child_at(0), 4)?;
        self.close_inner(space, 0)
    }

    /// Moves entries of a leaf from `from` on, or separators and the children behind them, to the end of another node of the level.
    pub(super) fn move_tail<S: Space>(&mut self, space: S, from: u32, to: &mut Self) -> Result<(), S::Error> {
        let moved = self.count - from;
        if to.count + moved > to.capacity {
            return Err(space.fail(Failure::NodeDamaged));
        }
        copy(space, self.key_at(from), to.key_at(to.count), moved * Self::KEY)?;
        zero(space, self.key_at(from), moved * Self::KEY)?;
        if self.level == 0 {
            copy(space, self.value_at(from), to.value_at(to.count), moved * Self::VALUE)?;
            zero(space, self.value_at(from), moved * Self::VALUE)?;
        } else {
            copy(space, self.child_at(from + 1), to.child_at(to.count + 1), moved * 4)?;
            zero(space, self.child_at(from + 1), moved * 4)?;
        }
        to.set_count(space, to.count + moved)?;
        self.set_count(space, from)
    }

    /// Copies the entries of a leaf to one for `count` entries, and frees this one.
    pub(super) fn resize<S: Space>(mut self, space: S, count: u32) -> Result<Self, S::Error> {
        let mut new = Self::leaf(space, count)?;
        self.move_tail(space, 0, &mut new)?;
        self.free(space)?;
        Ok(new)
    }

    /// Tells if a smaller leaf should take the entries.
    pub(super) fn is_sparse(&self) -> bool {
        self.count <= self.capacity / 4 && Self::capacity_for(2 * self.count) < self.capacity
    }

    /// Returns the offset that the first child has.
    pub(super) fn first_child<S: Space>(&self, space: S) -> Result<u32, S::Error> {
        get(space, self.child_at(0))
    }

    /// Returns the offset of the last child.
    pub(super) fn last_child<S: Space>(&self, space: S) -> Result<u32, S::Error> {
        get(space, self.child_at(self.count))
    }
}
