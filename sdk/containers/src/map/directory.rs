//! Directories, and how a map grows and shrinks.
//!
//! ```text
//!  0          1            2                       4       16                    272
//!  ┌──────────┬────────────┬───────────────────────┬───────┬─────────────────────┐
//!  │ kind = 2 │ level, u8  │ slots in use, u16     │ zeros │ 64 links, u32       │
//!  └──────────┴────────────┴───────────────────────┴───────┴─────────────────────┘
//! ```
//! A *link*, in a slot or in the map itself, is 0, or an offset, which is a multiple of 16, plus a number:
//!
//! | number | leads to |
//! |---|---|
//! | 0 to 12 | a bucket in a block of this size class |
//! | 13 | a larger bucket |
//! | 14 | a directory at the level below: 0 for the root, else one more than the directory that the link is in |
//! | 15 | a directory at a higher level, which its head has |
//!
//! A bucket with `b` bits in common stands in 2^(6 - b) slots side by side, the first of which is a multiple of their number. A directory
//! stands in one slot.
//!
//! All hashes below a directory at level `n` have their first `6 n` bits in common. Levels rise along every path, but they need not be
//! consecutive: where hashes agree in many bits, a directory stands at the level at which they differ. So no insert makes more than
//! one directory, and no path has more than eleven. A look-up does not read the bits in between: the keys in the bucket decide. An
//! insert compares its hash with one of the directory's, and if they differ there, a directory at that level comes between.

use core::marker::PhantomData;

use crate::heap::{allocate, free};
use crate::key::Key;
use crate::map::Map;
use crate::map::bucket::Bucket;
use crate::node::{DIRECTORY, Head};
use crate::space::{Failure, Space, add, get, set};
use crate::stored::Stored;

/// Bits that a directory is indexed by.
const BITS: u32 = 6;
/// Slots of a directory.
pub(super) const SLOTS: u32 = 1 << BITS;
/// The offset of the slots.
const FIRST: u32 = 16;
/// Bytes of a directory.
const BYTES: u32 = FIRST + 4 * SLOTS;
/// Directories on the longest path: the last one has four bits of the hash.
pub(super) const LEVELS: usize = 11;

/// Returns the slot of a hash in a directory at a level.
#[inline]
fn slot_of(hash: u64, level: usize) -> u32 {
    (hash.wrapping_shl(BITS * level as u32) >> (64 - BITS)) as u32
}

/// Returns the offset of a slot.
#[inline]
pub(super) fn slot_at<S: Space>(space: S, directory: u32, slot: u32) -> Result<u32, S::Error> {
    add(space, directory, FIRST + 4 * slot)
}

/// The number in links to directories at the next level, and at higher ones.
const NEXT: u32 = 14;
const HIGHER: u32 = 15;

/// Returns the offset and the level of the directory that a link leads to, if it does not lead to a bucket. `next` is the level that
/// follows.
#[inline]
pub(super) fn directory_of<S: Space>(space: S, link: u32, next: usize) -> Result<Option<(u32, usize)>, S::Error> {
    match link & 15 {
        NEXT => Ok(Some((link - NEXT, next))),
        HIGHER => {
            let level = Head::read(space, link - HIGHER)?.bits.into();
            if level > next { Ok(Some((link - HIGHER, level))) } else { Err(space.fail(Failure::NodeDamaged)) }
        }
        _ => Ok(None),
    }
}

/// Returns the link to a directory where `next` is the level that follows.
const fn link_to(directory: u32, level: usize, next: usize) -> u32 {
    directory + if level == next { NEXT } else { HIGHER }
}

/// The bucket of a hash, and true if no level is left out on the path to it.
type Lookup<K, V> = (Option<Bucket<K, V>>, bool);

/// Finds the bucket of a hash, without its head.
#[inline]
pub(super) fn lookup<K: Key, V: Stored, S: Space>(space: S, root: u32, hash: u64) -> Result<Lookup<K, V>, S::Error> {
    let (mut link, mut next, mut is_gapless) = (root, 0, true);
    // Levels rise, so this ends.
    while let Some((directory, level)) = directory_of(space, link, next)? {
        if level >= LEVELS {
            return Err(space.fail(Failure::NodeDamaged));
        }
        is_gapless &= level == next;
        link = get(space, slot_at(space, directory, slot_of(hash, level))?)?;
        next = level + 1;
    }
    let bucket = if link == 0 { None } else { Some(Bucket::glance(space, link)?) };
    Ok((bucket, is_gapless))
}

/// Checks that a node is a directory at a level.
pub(super) fn check<S: Space>(space: S, directory: u32, level: usize) -> Result<(), S::Error> {
    let head = Head::read(space, directory)?;
    let is_sound = head.kind == DIRECTORY && usize::from(head.bits) == level && level < LEVELS && head.count <= SLOTS;
    if is_sound { Ok(()) } else { Err(space.fail(Failure::NodeDamaged)) }
}

/// A directory on a path, and the slot where the path goes on.
#[derive(Clone, Copy)]
struct Step {
    directory: u32,
    level: usize,
    slot: u32,
}

/// The directories from the root to where a hash belongs.
pub(super) struct Path<K, V> {
    steps: [Step; LEVELS],
    depth: usize,
    /// The link to the bucket at the end, or 0.
    end: u32,
    entries: PhantomData<(K, V)>,
}

impl<K: Key, V: Stored> Path<K, V> {
    pub(super) fn find<S: Space>(space: S, root: u32, hash: u64) -> Result<Self, S::Error> {
        let none = Step { directory: 0, level: 0, slot: 0 };
        let mut path = Self { steps: [none; LEVELS], depth: 0, end: root, entries: PhantomData };
        while let Some((directory, level)) = directory_of(space, path.end, path.next_level())? {
            check(space, directory, level)?;
            path.descend(space, directory, level, hash)?;
        }
        Ok(path)
    }

    /// Goes on into a directory.
    fn descend<S: Space>(&mut self, space: S, directory: u32, level: usize, hash: u64) -> Result<(), S::Error> {
        let slot = slot_of(hash, level);
        self.steps[self.depth] = Step { directory, level, slot };
        self.depth += 1;
        self.end = get(space, slot_at(space, directory, slot)?)?;
        Ok(())
    }

    /// Returns the bucket at the end.
    pub(super) fn bucket<S: Space>(&self, space: S) -> Result<Option<Bucket<K, V>>, S::Error> {
        match self.end {
            0 => Ok(None),
            link => Bucket::read(space, link).map(Some),
        }
    }

    fn last(&self) -> Option<Step> {
        self.depth.checked_sub(1).map(|last| self.steps[last])
    }

    /// The lowest level that a directory at the end could have.
    fn next_level(&self) -> usize {
        self.last().map_or(0, |step| step.level + 1)
    }

    /// Tells if there are levels between the directories of the path.
    fn has_gap(&self) -> bool {
        self.next_level() > self.depth
    }

    /// Returns the hash of an entry below the last directory.
    ///
    /// # Safety
    ///
    /// The keys in the map belong to `space`.
    unsafe fn any_hash<S: Space>(&self, space: S) -> Result<u64, S::Error> {
        let (mut link, mut next) = (self.end, self.next_level());
        let mut below = self.last().map(|step| (step.directory, step.level));
        loop {
            if let (Some((directory, level)), 0) = (below, link) {
                check(space, directory, level)?;
                for slot in 0..SLOTS {
                    link = get(space, slot_at(space, directory, slot)?)?;
                    if link != 0 {
                        break;
                    }
                }
                next = level + 1;
            }
            // Levels rise, so this ends.
            below = directory_of(space, link, next)?;
            if below.is_none() {
                break;
            }
            link = 0;
        }
        let bucket = Bucket::<K, V>::read(space, link)?;
        let Some(index) = bucket.next_entry(space, 0)? else { return Err(space.fail(Failure::NodeDamaged)) };
        // SAFETY: `key` returns a pointer that is valid for reads.
        unsafe { K::hash_of(bucket.key(space, index)?, space) }
    }
}

impl<K: Key, V: Stored> Map<K, V> {
    /// Makes the entry of a key that the map does not have, all bytes zero but for its tag.
    ///
    /// # Safety
    ///
    /// The keys in the map belong to `space`.
    pub(super) unsafe fn make_room<S: Space>(&mut self, space: S, hash: u64) -> Result<(Bucket<K, V>, u32), S::Error> {
        let mut path = Path::find(space, self.root, hash)?;
        if path.has_gap() {
            // SAFETY: the caller's part is the same.
            let others = unsafe { path.any_hash(space) }?;
            let level = ((hash ^ others).leading_zeros() / BITS) as usize;
            if level + 1 < path.next_level() {
                self.insert_directory(space, &mut path, level, hash, others)?;
            }
        }
        // Each turn but the last uses up a bit of the hash, of the six of a directory, or adds a directory.
        loop {
            let Some(mut bucket) = path.bucket(space)? else {
                let bits = empty_around(space, &path)?;
                let mut bucket = Bucket::allocate(space, bits, 1)?;
                self.point(space, &path, bits, bucket.link())?;
                let index = bucket.push(space, hash)?;
                return Ok((bucket, index));
            };
            if !bucket.is_full() {
                let index = bucket.push(space, hash)?;
                return Ok((bucket, index));
            }
            let can_split = path.last().is_some_and(|step| {
                let bits = (64 - BITS * step.level as u32).min(BITS);
                u32::from(bucket.bits) < bits
            });
            if bucket.capacity >= Bucket::<K, V>::MOST && can_split {
                // SAFETY: the caller's part is the same.
                unsafe { self.split(space, &mut path, bucket) }?;
                continue;
            }
            if bucket.capacity >= Bucket::<K, V>::MOST {
                // SAFETY: the caller's part is the same.
                let common = unsafe { bucket.common_bits(space, hash) }?;
                if common < 64 {
                    let level = (common / BITS) as usize;
                    let directory = self.add_directory(space, &path, level, bucket)?;
                    path.descend(space, directory, level, hash)?;
                    continue;
                }
            }
            let bits = bucket.bits;
            bucket = bucket.grow(space)?;
            self.point(space, &path, bits, bucket.link())?;
            let index = bucket.push(space, hash)?;
            return Ok((bucket, index));
        }
    }

    /// Puts a directory at a level between a bucket and what leads to it, and returns its offset.
    fn add_directory<S: Space>(
        &mut self,
        space: S,
        path: &Path<K, V>,
        level: usize,
        mut bucket: Bucket<K, V>,
    ) -> Result<u32, S::Error> {
        if level < path.next_level() {
            return Err(space.fail(Failure::NodeDamaged));
        }
        let at = new_directory(space, level, SLOTS)?;
        for slot in 0..SLOTS {
            set(space, slot_at(space, at, slot)?, bucket.link())?;
        }
        self.point(space, path, BITS as u8, link_to(at, level, path.next_level()))?;
        bucket.bits = 0;
        bucket.write_head(space)?;
        Ok(at)
    }

    /// Puts a directory at a level above those of a path that are at higher levels, whose hashes, like `others`, differ there from
    /// `hash`. The path then ends at an empty slot of it.
    fn insert_directory<S: Space>(
        &mut self,
        space: S,
        path: &mut Path<K, V>,
        level: usize,
        hash: u64,
        others: u64,
    ) -> Result<(), S::Error> {
        let above = path.steps[..path.depth].iter().take_while(|step| step.level < level).count();
        let next = path.steps[above];
        if next.level == level {
            return Err(space.fail(Failure::NodeDamaged));
        }
        path.depth = above;
        let at = new_directory(space, level, 1)?;
        set(space, slot_at(space, at, slot_of(others, level))?, link_to(next.directory, next.level, level + 1))?;
        self.point(space, path, BITS as u8, link_to(at, level, path.next_level()))?;
        path.descend(space, at, level, hash)
    }

    /// Splits the bucket at the end of a path by the next bit. The path then ends at the half that its slot is in.
    ///
    /// # Safety
    ///
    /// The keys in the map belong to `space`.
    unsafe fn split<S: Space>(
        &mut self,
        space: S,
        path: &mut Path<K, V>,
        bucket: Bucket<K, V>,
    ) -> Result<(), S::Error> {
        let Some(Step { directory, level, slot }) = path.last() else { return Err(space.fail(Failure::NodeDamaged)) };
        let bits = bucket.bits + 1;
        let bit = BITS * level as u32 + u32::from(bucket.bits);
        // SAFETY: the caller's part is the same.
        let halves = unsafe { bucket.split(space, bit) }?;
        let half = SLOTS >> bits;
        let first = slot & !(2 * half - 1);
        for (half_slot, bucket) in [(first, halves[0]), (first + half, halves[1])] {
            if let Some(mut bucket) = bucket {
                bucket.bits = bits;
                bucket.write_head(space)?;
            }
            fill(space, directory, half_slot, half, bucket.map_or(0, |bucket| bucket.link()))?;
        }
        path.end = get(space, slot_at(space, directory, slot)?)?;
        Ok(())
    }

    /// Writes a link to every slot that leads to the end of a path, whose hashes have `bits` bits in common, or to the map itself.
    fn point<S: Space>(&mut self, space: S, path: &Path<K, V>, bits: u8, link: u32) -> Result<(), S::Error> {
        match path.last() {
            None => self.root = link,
            Some(Step { directory, slot, .. }) => {
                let slots = SLOTS >> bits;
                fill(space, directory, slot & !(slots - 1), slots, link)?;
            }
        }
        Ok(())
    }

    /// Frees the bucket of a hash if it is empty, and directories with it, or gives it a smaller block.
    pub(super) fn shrink<S: Space>(&mut self, space: S, hash: u64) -> Result<(), S::Error> {
        let path = &Path::find(space, self.root, hash)?;
        let Some(bucket) = path.bucket(space)? else { return Err(space.fail(Failure::NodeDamaged)) };
        let bits = bucket.bits;
        if bucket.count > 0 {
            let smaller = bucket.resize(space, 2 * bucket.count)?;
            return self.point(space, path, bits, smaller.link());
        }
        bucket.free(space)?;
        let (mut slots, mut depth) = (SLOTS >> bits, path.depth);
        while let Some(above) = depth.checked_sub(1) {
            let Step { directory, slot, .. } = path.steps[above];
            fill(space, directory, slot & !(slots - 1), slots, 0)?;
            if Head::read(space, directory)?.count > 0 {
                return Ok(());
            }
            free(space, directory, BYTES)?;
            (slots, depth) = (1, above);
        }
        self.root = 0;
        Ok(())
    }

    /// Releases and removes all entries, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn clear_in<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        let root = core::mem::take(&mut self.root);
        self.len = 0;
        // SAFETY: the caller's part is the same.
        if root == 0 { Ok(()) } else { unsafe { Self::release_node(space, root, 0) } }
    }

    /// Releases what is below a node, and frees it. A node that is reached twice is zero the second time, so a failure.
    unsafe fn release_node<S: Space>(space: S, link: u32, level: usize) -> Result<(), S::Error> {
        let Some((at, own_level)) = directory_of(space, link, level)? else {
            let bucket = Bucket::<K, V>::read(space, link)?;
            let mut next = if K::OWNS || V::OWNS { bucket.next_entry(space, 0)? } else { None };
            while let Some(index) = next {
                if K::OWNS {
                    // SAFETY: the place is valid for reads and writes, and belongs to the space.
                    unsafe { K::release(bucket.key_mut(space, index)?, space) }?;
                }
                if V::OWNS {
                    // SAFETY: the place is valid for reads and writes, and belongs to the space.
                    unsafe { V::release(bucket.value_mut(space, index)?, space) }?;
                }
                next = bucket.next_entry(space, index + 1)?;
            }
            return bucket.free(space);
        };
        // Levels rise and are checked to be at most 10, so the recursion ends.
        check(space, at, own_level)?;
        let mut before = 0;
        for slot in 0..SLOTS {
            let node: u32 = get(space, slot_at(space, at, slot)?)?;
            if node != 0 && node != before {
                // SAFETY: the caller's part is the same.
                unsafe { Self::release_node(space, node, own_level + 1) }?;
            }
            before = node;
        }
        free(space, at, BYTES)
    }
}

/// Allocates a directory with a number of slots in use.
fn new_directory<S: Space>(space: S, level: usize, count: u32) -> Result<u32, S::Error> {
    let at = allocate(space, BYTES)?;
    Head { kind: DIRECTORY, bits: level as u8, count, capacity: 0 }.write(space, at)?;
    Ok(at)
}

/// Returns the bits that the widest group of empty slots around the end of a path has in common.
fn empty_around<K: Key, V: Stored, S: Space>(space: S, path: &Path<K, V>) -> Result<u8, S::Error> {
    let Some(Step { directory, slot, .. }) = path.last() else { return Ok(0) };
    let mut bits = BITS as u8;
    while bits > 0 {
        let slots = SLOTS >> (bits - 1);
        let first = slot & !(slots - 1);
        for slot in first..first + slots {
            if get::<u32, S>(space, slot_at(space, directory, slot)?)? != 0 {
                return Ok(bits);
            }
        }
        bits -= 1;
    }
    Ok(bits)
}

/// Writes a link to slots side by side, which are all empty or all in use, and counts the slots in use.
fn fill<S: Space>(space: S, directory: u32, first: u32, slots: u32, node: u32) -> Result<(), S::Error> {
    let before: u32 = get(space, slot_at(space, directory, first)?)?;
    for slot in first..first + slots {
        set(space, slot_at(space, directory, slot)?, node)?;
    }
    if (before == 0) != (node == 0) {
        let mut head = Head::read(space, directory)?;
        head.count = if node == 0 {
            head.count.checked_sub(slots).ok_or_else(|| space.fail(Failure::NodeDamaged))?
        } else {
            head.count + slots
        };
        head.write(space, directory)?;
    }
    Ok(())
}
