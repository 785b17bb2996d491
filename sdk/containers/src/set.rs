//! Sets: maps without values.

use core::fmt;

use crate::key::Key;
use crate::map::{self, Map};
use crate::space::Space;
use crate::stored::Stored;

/// A hash set, as `HashSet<K>` is: a [`Map`] without values.
#[repr(transparent)]
pub struct Set<K> {
    map: Map<K, ()>,
}

// SAFETY: laid out as its map.
unsafe impl<K: Key> Stored for Set<K> {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller's part is the same.
        unsafe { Map::release(this.cast::<Map<K, ()>>(), space) }
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self { map: Map::default() }
    }
}

impl<K: Key> Set<K> {
    /// Returns the empty set.
    pub const fn new() -> Self {
        Self { map: Map::new() }
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

    /// Returns the keys, in an order that follows from the history of the set.
    pub fn iter(&self) -> Iter<'_, K> {
        Iter(self.map.iter())
    }
}

impl<K: Key + fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<'a, K: Key> IntoIterator for &'a Set<K> {
    type Item = &'a K;
    type IntoIter = Iter<'a, K>;

    fn into_iter(self) -> Iter<'a, K> {
        self.iter()
    }
}

/// The keys of a [`Set`].
pub struct Iter<'a, K>(map::Iter<'a, K, ()>);

impl<'a, K: Key> Iterator for Iter<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }
}
