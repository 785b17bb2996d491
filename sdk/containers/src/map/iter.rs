//! Iteration over maps.

use core::marker::PhantomData;

use crate::here::sure;
use crate::key::Key;
use crate::map::bucket::{Bucket, Slot};
use crate::map::directory::{LEVELS, SLOTS, check, directory_of, slot_at};
use crate::space::{Failure, Linear, Space, get};
use crate::stored::Stored;

/// A place in a map: the directories above it with their next slots and levels, and a bucket.
struct Cursor<K, V> {
    steps: [(u32, u32, usize); LEVELS],
    depth: usize,
    bucket: Option<Bucket<K, V>>,
    index: u32,
    /// Nodes that may still be entered. A map whose nodes lie in the space has fewer than this.
    budget: u64,
}

impl<K: Key, V: Stored> Cursor<K, V> {
    fn new<S: Space>(space: S, root: u32) -> Result<Self, S::Error> {
        let budget = space.size() / 16;
        let mut this = Self { steps: [(0, 0, 0); LEVELS], depth: 0, bucket: None, index: 0, budget };
        if root != 0 {
            this.enter(space, root)?;
        }
        Ok(this)
    }

    fn enter<S: Space>(&mut self, space: S, link: u32) -> Result<(), S::Error> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| space.fail(Failure::NodeDamaged))?;
        let next = self.depth.checked_sub(1).map_or(0, |above| self.steps[above].2 + 1);
        match directory_of(space, link, next)? {
            None => {
                self.bucket = Some(Bucket::read(space, link)?);
                self.index = 0;
            }
            Some((directory, level)) => {
                check(space, directory, level)?;
                let Some(step) = self.steps.get_mut(self.depth) else { return Err(space.fail(Failure::NodeDamaged)) };
                *step = (directory, 0, level);
                self.depth += 1;
            }
        }
        Ok(())
    }

    /// Returns the bucket and index of the next entry.
    #[inline]
    fn next<S: Space>(&mut self, space: S) -> Result<Option<Slot<K, V>>, S::Error> {
        loop {
            if let Some(bucket) = self.bucket {
                if let Some(index) = bucket.next_entry(space, self.index)? {
                    self.index = index + 1;
                    return Ok(Some((bucket, index)));
                }
                self.leave(bucket.bits);
            }
            let Some(above) = self.depth.checked_sub(1) else { return Ok(None) };
            let (directory, slot, _) = self.steps[above];
            if slot >= SLOTS {
                self.depth = above;
                continue;
            }
            self.steps[above].1 += 1;
            let node = get(space, slot_at(space, directory, slot)?)?;
            if node != 0 {
                self.enter(space, node)?;
            }
        }
    }

    /// Goes on behind the slots of the bucket.
    fn leave(&mut self, bits: u8) {
        self.bucket = None;
        if let Some(above) = self.depth.checked_sub(1) {
            let slots = SLOTS >> bits;
            let slot = self.steps[above].1 - 1;
            self.steps[above].1 = (slot | (slots - 1)) + 1;
        }
    }
}

/// The entries of a [`Map`](crate::Map).
pub struct Iter<'a, K, V> {
    cursor: Cursor<K, V>,
    space: Linear,
    map: PhantomData<&'a (K, V)>,
}

impl<K: Key, V: Stored> Iter<'_, K, V> {
    pub(super) fn new(root: u32, space: Linear) -> Self {
        Self { cursor: sure(Cursor::new(space, root)), space, map: PhantomData }
    }
}

impl<'a, K: Key, V: Stored> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (bucket, index) = sure(self.cursor.next(self.space))?;
        // SAFETY: both places are aligned and valid for reads, and borrowed as the map is.
        Some(unsafe { (&*sure(bucket.key(self.space, index)), &*sure(bucket.value(self.space, index))) })
    }
}

/// The entries of a [`Map`](crate::Map), with their values for writing.
pub struct IterMut<'a, K, V> {
    cursor: Cursor<K, V>,
    space: Linear,
    map: PhantomData<&'a mut (K, V)>,
}

impl<K: Key, V: Stored> IterMut<'_, K, V> {
    pub(super) fn new(root: u32, space: Linear) -> Self {
        Self { cursor: sure(Cursor::new(space, root)), space, map: PhantomData }
    }
}

impl<'a, K: Key, V: Stored> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (bucket, index) = sure(self.cursor.next(self.space))?;
        // SAFETY: both places are aligned and valid, borrowed as the map is, and each value is returned once.
        Some(unsafe { (&*sure(bucket.key(self.space, index)), &mut *sure(bucket.value_mut(self.space, index))) })
    }
}
