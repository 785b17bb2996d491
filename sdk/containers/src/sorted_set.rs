//! Sorted sets: sorted maps without values.

use core::fmt;
use core::ops::RangeBounds;

use crate::key::Key;
use crate::sorted::{self, SortedMap};
use crate::space::Space;
use crate::stored::Stored;

/// A sorted set, as `BTreeSet<K>` is: a [`SortedMap`] without values.
#[repr(transparent)]
pub struct SortedSet<K> {
    map: SortedMap<K, ()>,
}

// SAFETY: laid out as its map.
unsafe impl<K: Key> Stored for SortedSet<K> {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller's part is the same.
        unsafe { SortedMap::release(this.cast::<SortedMap<K, ()>>(), space) }
    }
}

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        Self { map: SortedMap::default() }
    }
}

impl<K: Key> SortedSet<K> {
    /// Returns the empty set.
    pub const fn new() -> Self {
        Self { map: SortedMap::new() }
    }

    /// Returns the number of keys.
    pub const fn len(&self) -> u32 {
        self.map.len()
    }

    /// Tells if there is no key.
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Tells if a key is in the set.
    pub fn contains(&self, key: &K::Query) -> bool {
        self.map.contains_key(key)
    }

    /// Adds a key. Returns false, and releases the key, if it was there already.
    pub fn insert(&mut self, key: K) -> bool {
        let before = self.map.len();
        self.map.or_zero(key);
        self.map.len() > before
    }

    /// Removes and releases a key. Returns false if it is not there.
    pub fn remove(&mut self, key: &K::Query) -> bool {
        self.map.remove(key)
    }

    /// Releases and removes all keys.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Returns the smallest key.
    pub fn first(&self) -> Option<&K> {
        self.iter().next()
    }

    /// Returns the largest key.
    pub fn last(&self) -> Option<&K> {
        self.iter().next_back()
    }

    /// Returns the keys of a range in ascending order, as [`SortedMap::range`] does.
    pub fn range<R: RangeBounds<K::Query>>(&self, range: R) -> impl Iterator<Item = &K> {
        self.map.range(range).map(|(key, ())| key)
    }

    /// Returns the keys in ascending order.
    pub fn iter(&self) -> Iter<'_, K> {
        Iter(self.map.iter())
    }
}

impl<K: Key + fmt::Debug> fmt::Debug for SortedSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<'a, K: Key> IntoIterator for &'a SortedSet<K> {
    type Item = &'a K;
    type IntoIter = Iter<'a, K>;

    fn into_iter(self) -> Iter<'a, K> {
        self.iter()
    }
}

/// The keys of a [`SortedSet`].
pub struct Iter<'a, K>(sorted::Iter<'a, K, ()>);

impl<'a, K: Key> Iterator for Iter<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }
}

impl<K: Key> DoubleEndedIterator for Iter<'_, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, ())| key)
    }
}
