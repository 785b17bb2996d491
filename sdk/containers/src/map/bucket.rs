//! Buckets: the entries whose hashes begin with the same bits.
//!
//! ```text
//!  0          1          2         4            6       8                  slots
//!  ┌──────────┬──────────┬─────────┬────────────┬───────┬──────────────────┬───────────────────────────────┐
//!  │ kind = 1 │ bits, u8 │ count   │ capacity   │ zeros │ a tag for each   │ key, value │ key, value │ …   │
//!  │ u8       │          │ u16     │ u16        │       │ slot, u8         │                               │
//!  └──────────┴──────────┴─────────┴────────────┴───────┴──────────────────┴───────────────────────────────┘
//! ```
//! The tag of an entry is the lowest byte of its hash, 1 in place of 0; an empty slot has the tag 0 and is zero. Slots form *groups* of
//! eight, `g` of them. An entry lies in its home group, number `tag * g / 256`, or, if that was full, in the first group behind it that
//! was not; behind the last group comes the first. No group between an entry's home and its own has an empty slot. Within a
//! group a new entry takes the first empty slot.
//!
//! The capacity is at most 8, or a multiple of 8, of which a sixteenth, rounded up, stays empty. The tags have `capacity` bytes, rounded up to 8. Slots
//! begin at the next multiple of their alignment; key and value lie as in a `repr(C)` struct. `bits` is the number of bits, of the six
//! that the directory above is indexed by, that all entries have in common.

use core::marker::PhantomData;

use crate::heap::{CLASSES, allocate, class_of, free, rounded};
use crate::key::Key;
use crate::node::{BUCKET, Head};
use crate::space::{Failure, Space, copy, get, place, place_mut, set, zero};
use crate::stored::Stored;

/// The offset of the tags.
const TAGS: u32 = 8;
/// Bytes of the largest bucket, unless four entries need more.
const LARGEST: u32 = 1008;
/// Slots of a bucket of keys with one hash.
const MOST_SLOTS: u32 = 65_528;
/// Size classes that links name: up to 1,008 bytes. Links to larger buckets have this in their place, and the head the capacity.
pub(super) const NAMED: usize = 13;
/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A bucket whose head was checked: its count is at most its capacity, and all of it lies in the space.
pub(super) struct Bucket<K, V> {
    pub(super) at: u32,
    pub(super) bits: u8,
    pub(super) count: u32,
    pub(super) capacity: u32,
    entries: PhantomData<(K, V)>,
}

impl<K, V> Clone for Bucket<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Bucket<K, V> {}

/// A slot of a bucket, by its index.
pub(super) type Slot<K, V> = (Bucket<K, V>, u32);

/// Where a key is in a bucket.
pub(super) enum Found {
    /// Its entry has this index.
    Entry(u32),
    /// It is not there, and would have this index.
    Vacancy(u32),
    /// It is not there, and no slot is empty.
    Nothing,
}

/// An entry, for its layout.
#[repr(C)]
struct Entry<K, V> {
    key: K,
    value: V,
}

impl<K: Key, V: Stored> Bucket<K, V> {
    const SLOT: u32 = {
        assert!(size_of::<Entry<K, V>>() <= 1 << 20, "an entry has at most 1048576 bytes");
        size_of::<Entry<K, V>>() as u32
    };
    const VALUE: u32 = core::mem::offset_of!(Entry<K, V>, value) as u32;
    /// Slots of the largest bucket, 4 to 496.
    pub(super) const MOST: u32 = {
        let fitting = Self::fitting(LARGEST);
        if fitting < 4 { 4 } else { fitting }
    };

    /// The offset of the first slot in a bucket.
    #[inline]
    const fn slots(capacity: u32) -> u32 {
        (TAGS + capacity.next_multiple_of(8)).next_multiple_of(align_of::<Entry<K, V>>() as u32)
    }

    /// The bytes of a bucket.
    #[inline]
    const fn bytes(capacity: u32) -> u32 {
        Self::slots(capacity) + capacity * Self::SLOT
    }

    /// How many slots a bucket in a block has.
    const fn fitting(block: u32) -> u32 {
        let mut capacity = (block - TAGS) / (Self::SLOT + 1);
        while capacity > 0 && (Self::bytes(capacity) > block || capacity > 8 && !capacity.is_multiple_of(8)) {
            capacity -= 1;
        }
        capacity
    }

    /// How many of its slots a bucket fills.
    #[inline]
    const fn limit(capacity: u32) -> u32 {
        if capacity > 8 { capacity - capacity.div_ceil(16) } else { capacity }
    }

    /// The capacity of the smallest bucket for `count` entries. Beyond `MOST` there are buckets of keys with one hash only.
    fn capacity_for(count: u32) -> u32 {
        let mut slots = if count > 8 { count.next_multiple_of(8) } else { count };
        if Self::limit(slots) < count {
            slots += 8;
        }
        let fitting = Self::fitting(rounded(Self::bytes(slots)));
        if slots > Self::MOST { fitting.min(MOST_SLOTS) } else { fitting.min(Self::MOST) }
    }

    /// The capacities of buckets in blocks of the size classes, as far as links name them.
    const CAPACITIES: [u32; NAMED] = {
        let (mut capacities, mut class) = ([0; NAMED], 0);
        while class < NAMED {
            let block = CLASSES[class] as u32;
            let fitting = if block < TAGS { 0 } else { Self::fitting(block) };
            capacities[class] = if fitting > Self::MOST { Self::MOST } else { fitting };
            class += 1;
        }
        capacities
    };

    /// Returns the bucket that a link leads to, without its head: `count` and `bits` are zero. Every access checks its place.
    #[inline]
    pub(super) fn glance<S: Space>(space: S, link: u32) -> Result<Self, S::Error> {
        let (at, class) = (link & !15, link as usize & 15);
        let capacity = match Self::CAPACITIES.get(class) {
            Some(&capacity) => capacity,
            None => Head::read(space, at)?.capacity,
        };
        Ok(Self { at, bits: 0, count: 0, capacity, entries: PhantomData })
    }

    /// Reads the bucket that a link leads to, and checks that its head is sound and all of it lies in the space.
    pub(super) fn read<S: Space>(space: S, link: u32) -> Result<Self, S::Error> {
        Self::glance(space, link)?.with_head(space)
    }

    /// Reads and checks the head.
    pub(super) fn with_head<S: Space>(mut self, space: S) -> Result<Self, S::Error> {
        let Head { kind, bits, count, capacity } = Head::read(space, self.at)?;
        let slots = u64::from(Self::slots(capacity)) + u64::from(capacity) * u64::from(Self::SLOT);
        let is_sound = kind == BUCKET && bits <= 6 && count <= capacity && capacity == self.capacity && capacity > 0;
        let has_groups = capacity <= 8 || capacity.is_multiple_of(8);
        if !is_sound || !has_groups || u64::from(self.at) + slots > space.size() {
            return Err(space.fail(Failure::NodeDamaged));
        }
        (self.bits, self.count) = (bits, count);
        Ok(self)
    }

    /// Returns the link to the bucket.
    pub(super) fn link(&self) -> u32 {
        let class = class_of(Self::bytes(self.capacity)).filter(|&class| class < NAMED).unwrap_or(NAMED);
        self.at + class as u32
    }

    /// Allocates a bucket for some entries.
    pub(super) fn allocate<S: Space>(space: S, bits: u8, count: u32) -> Result<Self, S::Error> {
        if count > Self::limit(MOST_SLOTS) || u64::from(count) * u64::from(Self::SLOT + 1) > 1 << 23 {
            return Err(space.fail(Failure::TooLarge));
        }
        let capacity = Self::capacity_for(count);
        let at = allocate(space, Self::bytes(capacity))?;
        let bucket = Self { at, bits, count: 0, capacity, entries: PhantomData };
        bucket.write_head(space)?;
        Ok(bucket)
    }

    pub(super) fn free<S: Space>(&self, space: S) -> Result<(), S::Error> {
        free(space, self.at, Self::bytes(self.capacity))
    }

    pub(super) fn write_head<S: Space>(&self, space: S) -> Result<(), S::Error> {
        Head { kind: BUCKET, bits: self.bits, count: self.count, capacity: self.capacity }.write(space, self.at)
    }

    /// Tells if another entry needs a larger bucket.
    pub(super) fn is_full(&self) -> bool {
        self.count >= Self::limit(self.capacity)
    }

    #[inline]
    const fn tag_at(&self, index: u32) -> u32 {
        self.at.wrapping_add(TAGS + index)
    }

    #[inline]
    const fn slot(&self, index: u32) -> u32 {
        self.at.wrapping_add(Self::slots(self.capacity).wrapping_add(index.wrapping_mul(Self::SLOT)))
    }

    /// The number of groups.
    #[inline]
    const fn groups(&self) -> u32 {
        self.capacity.div_ceil(8)
    }

    /// The home of entries with a tag.
    #[inline]
    const fn home(&self, tag: u8) -> u32 {
        tag as u32 * self.groups() / 256
    }

    /// Returns the tags of a group, the first one lowest.
    #[inline]
    fn group<S: Space>(&self, space: S, group: u32) -> Result<u64, S::Error> {
        get(space, self.tag_at(8 * group))
    }

    #[inline]
    const fn after(&self, group: u32) -> u32 {
        if group + 1 >= self.groups() { 0 } else { group + 1 }
    }

    /// Calls a function with the index and the tag of every entry.
    #[inline]
    fn each<S: Space>(&self, space: S, mut visit: impl FnMut(u32, u8) -> Result<(), S::Error>) -> Result<(), S::Error> {
        for group in 0..self.groups() {
            let tags = self.group(space, group)?;
            let mut used = !zero_bytes(tags) & (ONES << 7);
            while used != 0 {
                let within = used.trailing_zeros() / 8;
                visit(8 * group + within, (tags >> (8 * within)) as u8)?;
                used &= used - 1;
            }
        }
        Ok(())
    }

    /// Returns the index of the first entry from an index on.
    #[inline]
    pub(super) fn next_entry<S: Space>(&self, space: S, from: u32) -> Result<Option<u32>, S::Error> {
        for index in from..self.capacity {
            if get::<u8, S>(space, self.tag_at(index))? != 0 {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Returns the place of a key.
    #[inline]
    pub(super) fn key<S: Space>(&self, space: S, index: u32) -> Result<*const K, S::Error> {
        place(space, self.slot(index))
    }

    #[inline]
    pub(super) fn key_mut<S: Space>(&self, space: S, index: u32) -> Result<*mut K, S::Error> {
        place_mut(space, self.slot(index))
    }

    /// Returns the place of a value.
    #[inline]
    pub(super) fn value<S: Space>(&self, space: S, index: u32) -> Result<*const V, S::Error> {
        place(space, self.slot(index) + Self::VALUE)
    }

    #[inline]
    pub(super) fn value_mut<S: Space>(&self, space: S, index: u32) -> Result<*mut V, S::Error> {
        place_mut(space, self.slot(index) + Self::VALUE)
    }

    /// Finds the entry of a key.
    ///
    /// # Safety
    ///
    /// The keys belong to `space`.
    #[inline]
    pub(super) unsafe fn find<S: Space>(&self, space: S, hash: u64, key: &K::Query) -> Result<Found, S::Error> {
        let tag = tag_of(hash);
        let mut group = self.home(tag);
        for _ in 0..self.groups() {
            let tags = self.group(space, group)?;
            let mut equal = zero_bytes(tags ^ (ONES * u64::from(tag)));
            while equal != 0 {
                let index = 8 * group + equal.trailing_zeros() / 8;
                // SAFETY: `key` returns a pointer that is valid for reads.
                if unsafe { K::equals(key, self.key(space, index)?, space) }? {
                    return Ok(Found::Entry(index));
                }
                equal &= equal - 1;
            }
            let empty = zero_bytes(tags);
            if empty != 0 {
                return Ok(Found::Vacancy(8 * group + empty.trailing_zeros() / 8));
            }
            group = self.after(group);
        }
        Ok(Found::Nothing)
    }

    /// Returns the empty slot for a tag, if it lies before the given group.
    fn vacancy<S: Space>(&self, space: S, tag: u8, before: Option<u32>) -> Result<Option<u32>, S::Error> {
        let mut group = self.home(tag);
        for _ in 0..self.groups() {
            if before == Some(group) {
                break;
            }
            let empty = zero_bytes(self.group(space, group)?);
            if empty != 0 {
                return Ok(Some(8 * group + empty.trailing_zeros() / 8));
            }
            group = self.after(group);
        }
        Ok(None)
    }

    /// Adds an entry with the tag of this hash, all bytes zero, to a bucket that is not full. Returns its index.
    pub(super) fn push<S: Space>(&mut self, space: S, hash: u64) -> Result<u32, S::Error> {
        let index = self.place_tag(space, tag_of(hash))?;
        self.write_head(space)?;
        Ok(index)
    }

    /// Takes a slot for a tag. The head is left to the caller.
    fn place_tag<S: Space>(&mut self, space: S, tag: u8) -> Result<u32, S::Error> {
        match self.vacancy(space, tag, None)? {
            Some(index) => self.occupy(space, index, tag),
            None => Err(space.fail(Failure::NodeDamaged)),
        }
    }

    /// Takes an empty slot for a tag. The head is left to the caller.
    fn occupy<S: Space>(&mut self, space: S, index: u32, tag: u8) -> Result<u32, S::Error> {
        if index >= self.capacity {
            return Err(space.fail(Failure::NodeDamaged));
        }
        set(space, self.tag_at(index), tag)?;
        self.count += 1;
        Ok(index)
    }

    /// Adds an entry, all bytes zero, in an empty slot that `find` returned for its hash.
    #[inline]
    pub(super) fn fill<S: Space>(&mut self, space: S, index: u32, hash: u64) -> Result<(), S::Error> {
        self.occupy(space, index, tag_of(hash))?;
        self.write_head(space)
    }

    /// Makes a slot empty. The head is left to the caller.
    fn vacate<S: Space>(&self, space: S, index: u32) -> Result<(), S::Error> {
        set(space, self.tag_at(index), 0_u8)?;
        zero(space, self.slot(index), Self::SLOT)
    }

    /// Moves entries back towards their homes as long as there is an empty slot on the way.
    fn settle<S: Space>(&self, space: S) -> Result<(), S::Error> {
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            // Every move brings an entry nearer to its home, so this ends.
            self.each(space, |index, tag| {
                if let Some(empty) = self.vacancy(space, tag, Some(index / 8))? {
                    set(space, self.tag_at(empty), tag)?;
                    copy(space, self.slot(index), self.slot(empty), Self::SLOT)?;
                    self.vacate(space, index)?;
                    is_settled = false;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Removes an entry.
    pub(super) fn remove<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let was_full = zero_bytes(self.group(space, index / 8)?) == 0;
        self.vacate(space, index)?;
        self.count = self.count.checked_sub(1).ok_or_else(|| space.fail(Failure::NodeDamaged))?;
        self.write_head(space)?;
        if was_full && self.groups() > 1 { self.settle(space) } else { Ok(()) }
    }

    /// Copies all entries to a bucket for `count` entries, and frees this one.
    pub(super) fn resize<S: Space>(self, space: S, count: u32) -> Result<Self, S::Error> {
        let mut new = Self::allocate(space, self.bits, count)?;
        self.each(space, |index, tag| {
            let to = new.place_tag(space, tag)?;
            copy(space, self.slot(index), new.slot(to), Self::SLOT)
        })?;
        new.write_head(space)?;
        self.free(space)?;
        Ok(new)
    }

    /// Moves all entries to a bucket for half as many more. One of the largest size grows beyond it.
    pub(super) fn grow<S: Space>(self, space: S) -> Result<Self, S::Error> {
        let wanted = self.count + self.count / 2 + 1;
        let is_largest = self.capacity >= Self::MOST;
        self.resize(space, if is_largest { wanted } else { wanted.min(Self::limit(Self::MOST)) })
    }

    /// Tells if a smaller bucket should take the entries.
    pub(super) fn is_sparse(&self) -> bool {
        self.count <= self.capacity / 4 && Self::capacity_for(2 * self.count) < self.capacity
    }

    /// Returns the number of bits that the hashes of all entries and this one have in common.
    ///
    /// # Safety
    ///
    /// The keys belong to `space`.
    pub(super) unsafe fn common_bits<S: Space>(&self, space: S, hash: u64) -> Result<u32, S::Error> {
        let mut differing = 0;
        self.each(space, |index, _| {
            // SAFETY: `key` returns a pointer that is valid for reads.
            differing |= hash ^ unsafe { K::hash_of(self.key(space, index)?, space) }?;
            Ok(())
        })?;
        Ok(differing.leading_zeros())
    }

    /// Splits the entries by a bit of their hashes, counted from the highest. Those with 0 are returned first; a side without
    /// entries is none. The other fields of both buckets are left to the caller.
    ///
    /// # Safety
    ///
    /// The keys belong to `space`.
    pub(super) unsafe fn split<S: Space>(self, space: S, bit: u32) -> Result<[Option<Self>; 2], S::Error> {
        let goes = |index| -> Result<bool, S::Error> {
            // SAFETY: `key` returns a pointer that is valid for reads.
            let hash = unsafe { K::hash_of(self.key(space, index)?, space) }?;
            Ok(hash << bit >> 63 == 1)
        };
        // Only buckets of keys with one hash have more than 496 slots; their hashes are computed again below.
        let (mut moved, mut known) = (0, [0_u64; 8]);
        self.each(space, |index, _| {
            let goes = u32::from(goes(index)?);
            moved += goes;
            if let Some(word) = known.get_mut(index as usize / 64) {
                *word |= u64::from(goes) << (index % 64);
            }
            Ok(())
        })?;
        if moved == 0 {
            return Ok([Some(self), None]);
        }
        if moved == self.count {
            return Ok([None, Some(self)]);
        }
        let mut other = Self::allocate(space, self.bits, moved)?;
        self.each(space, |index, tag| {
            let goes = match known.get(index as usize / 64) {
                Some(word) => word >> (index % 64) & 1 == 1,
                None => goes(index)?,
            };
            if goes {
                let to = other.place_tag(space, tag)?;
                copy(space, self.slot(index), other.slot(to), Self::SLOT)?;
                self.vacate(space, index)?;
            }
            Ok(())
        })?;
        other.write_head(space)?;
        let mut rest = self;
        rest.count = self.count.checked_sub(moved).ok_or_else(|| space.fail(Failure::NodeDamaged))?;
        rest.write_head(space)?;
        rest.settle(space)?;
        Ok([Some(rest), Some(other)])
    }
}

/// The tag of a hash.
#[inline]
const fn tag_of(hash: u64) -> u8 {
    let low = hash as u8;
    if low == 0 { 1 } else { low }
}

/// Returns a word with the highest bit of each byte that is zero, and no other.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = !(ONES << 7);
    !(((word & LOW) + LOW) | word | LOW)
}
