//! Maps: a tree by hashes whose leaves are buckets.
//!
//! ```text
//!  Map    root u32, len u32
//!  root ──► bucket                                    as long as one is enough
//!  root ──► directory: 64 offsets ──► buckets, directories ──► …
//! ```
//! A directory at level `n` is indexed by six bits of the hash, from bit `63 - 6 n` down. A bucket that is reached from several slots
//! has fewer bits in common. When it is full it splits in two by the next bit; one with all six bits gets a directory of its own. So an
//! insert touches at most two buckets whatever the size of the map, and nothing is ever rehashed as a whole.

mod bucket;
mod directory;
mod iter;

use core::fmt;
use core::marker::PhantomData;

use crate::here::{here, sure};
use crate::key::Key;
use crate::space::{Failure, Space};
use crate::stored::Stored;
use bucket::{Found, Slot};

pub use iter::{Iter, IterMut};

/// A hash map, as `HashMap<K, V>` is, that grows by a bucket at a time: eight bytes, and buckets of up to a page in the heap.
///
/// All bytes zero is the empty map. The order of iteration follows from the history of the map alone: it is the same on every host.
/// A removal may change the order of the entries that are left.
///
/// Hashes are fixed ([`hash_integer`](crate::hash_integer), [`hash`](crate::hash())), so an attacker can choose keys whose hashes agree in
/// many bits. Such keys lengthen the path to an entry to at most eleven directories, and an insert still changes at most 8 pages. Only
/// keys of more than eight bytes can agree in all 64 bits, by about 2^32 hashes for a pair; they are searched one by one.
#[repr(C)]
pub struct Map<K, V> {
    root: u32,
    len: u32,
    /// Neither `Send` nor `Sync`: offsets have a meaning in one space only.
    entries: PhantomData<(*const (), K, V)>,
}

// SAFETY: two numbers, of which every pattern of bits is checked on use; `release` frees all buckets and directories.
unsafe impl<K: Key, V: Stored> Stored for Map<K, V> {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller promises that `this` is valid for reads and writes. The map is empty before its entries are released, so
        // a damaged map that holds itself is released once.
        unsafe { this.replace(Self::new()).clear_in(space) }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { root: 0, len: 0, entries: PhantomData }
    }
}

impl<K: Key, V: Stored> Map<K, V> {
    /// Returns the empty map.
    pub const fn new() -> Self {
        Self { root: 0, len: 0, entries: PhantomData }
    }

    /// Returns the number of entries.
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Tells if there is no entry.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the value of a key.
    #[inline]
    pub fn get(&self, key: &K::Query) -> Option<&V> {
        // SAFETY: a map that safe code can have belongs to the current space. The value is borrowed as the map is.
        sure(unsafe { self.get_in(here(), key) }).map(|place| unsafe { &*place })
    }

    /// Returns the value of a key for writing.
    #[inline]
    pub fn get_mut(&mut self, key: &K::Query) -> Option<&mut V> {
        // SAFETY: a map that safe code can have belongs to the current space. The value is borrowed as the map is.
        sure(unsafe { self.get_mut_in(here(), key) }).map(|place| unsafe { &mut *place })
    }

    /// Tells if there is an entry of a key.
    pub fn contains_key(&self, key: &K::Query) -> bool {
        self.get(key).is_some()
    }

    /// Sets the value of a key and returns it. A value that was there before is released.
    pub fn insert(&mut self, key: K, value: V) -> &mut V {
        let space = here();
        // SAFETY: a map that safe code can have belongs to the current space. The value is borrowed as the map is.
        unsafe {
            let place = sure(self.or_zero_in(space, key));
            sure(V::release(place, space));
            place.write(value);
            &mut *place
        }
    }

    /// Returns the value of a key for writing. If there is none, it is inserted with all bytes zero: 0, or the empty container.
    #[inline]
    pub fn or_zero(&mut self, key: K) -> &mut V {
        // SAFETY: a map that safe code can have belongs to the current space. The value is borrowed as the map is.
        unsafe { &mut *sure(self.or_zero_in(here(), key)) }
    }

    /// Removes an entry and releases key and value. Returns false if there is none.
    pub fn remove(&mut self, key: &K::Query) -> bool {
        let space = here();
        // SAFETY: a map that safe code can have belongs to the current space. The value has left the map and lies here.
        unsafe {
            let value = sure(self.take_in(space, key));
            let was_there = value.is_some();
            if let Some(mut value) = value {
                sure(V::release(&raw mut value, space));
            }
            was_there
        }
    }

    /// Removes an entry and returns the value. One that is a container still owns its blocks.
    #[must_use = "a container that is not stored elsewhere keeps its blocks for ever: `remove` frees them"]
    pub fn take(&mut self, key: &K::Query) -> Option<V> {
        // SAFETY: a map that safe code can have belongs to the current space.
        sure(unsafe { self.take_in(here(), key) })
    }

    /// Releases and removes all entries.
    pub fn clear(&mut self) {
        // SAFETY: a map that safe code can have belongs to the current space.
        sure(unsafe { self.clear_in(here()) })
    }

    /// Returns the entries, in an order that follows from the history of the map.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.root, here())
    }

    /// Returns the entries with their values for writing, in the order of [`iter`](Self::iter).
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(self.root, here())
    }

    /// Returns the keys, in the order of [`iter`](Self::iter).
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Returns the values, in the order of [`iter`](Self::iter).
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Returns the place of a value, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    #[inline]
    pub unsafe fn get_in<S: Space>(&self, space: S, key: &K::Query) -> Result<Option<*const V>, S::Error> {
        match find::<K, V, S>(space, self.root, key)? {
            Some((bucket, index)) => bucket.value(space, index).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the place of a value for writing, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    #[inline]
    pub unsafe fn get_mut_in<S: Space>(&mut self, space: S, key: &K::Query) -> Result<Option<*mut V>, S::Error> {
        match find::<K, V, S>(space, self.root, key)? {
            Some((bucket, index)) => bucket.value_mut(space, index).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the place of a key's value for writing, in a given space. If there is none, it is inserted with all bytes zero. If there
    /// is one, the given key is released.
    ///
    /// # Safety
    ///
    /// The map and the key belong to `space`.
    pub unsafe fn or_zero_in<S: Space>(&mut self, space: S, mut key: K) -> Result<*mut V, S::Error> {
        // SAFETY: the key is valid, and not written as long as the query is used.
        let query = unsafe { K::query(&raw const key, space) }?;
        let hash = K::hash(query);
        let (bucket, is_gapless) = directory::lookup::<K, V, S>(space, self.root, hash)?;
        let mut vacancy = None;
        if let Some(bucket) = bucket {
            // SAFETY: the keys in the map belong to the space.
            match unsafe { bucket.find(space, hash, query) }? {
                Found::Entry(index) => {
                    let place = bucket.value_mut(space, index)?;
                    // SAFETY: the key is valid, belongs to the space and is not used any more.
                    unsafe { K::release(&raw mut key, space) }?;
                    return Ok(place);
                }
                // Where levels are left out, the hash may belong elsewhere.
                Found::Vacancy(index) if is_gapless => {
                    let bucket = bucket.with_head(space)?;
                    vacancy = (!bucket.is_full()).then_some((bucket, index));
                }
                _ => {}
            }
        }
        let len = self.len.checked_add(1).ok_or_else(|| space.fail(Failure::TooLarge))?;
        let (bucket, index) = match vacancy {
            Some((mut bucket, index)) => {
                bucket.fill(space, index, hash)?;
                (bucket, index)
            }
            // SAFETY: the keys in the map belong to the space.
            None => unsafe { self.make_room(space, hash) }?,
        };
        self.len = len;
        // SAFETY: the place is aligned and valid for writes.
        unsafe { bucket.key_mut(space, index)?.write(key) };
        bucket.value_mut(space, index)
    }

    /// Removes an entry, releases its key and returns its value, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn take_in<S: Space>(&mut self, space: S, key: &K::Query) -> Result<Option<V>, S::Error> {
        let hash = K::hash(key);
        let (Some(mut bucket), _) = directory::lookup::<K, V, S>(space, self.root, hash)? else { return Ok(None) };
        // SAFETY: the keys in the map belong to the space.
        let Found::Entry(index) = unsafe { bucket.find(space, hash, key) }? else { return Ok(None) };
        let Some(len) = self.len.checked_sub(1) else { return Err(space.fail(Failure::NodeDamaged)) };
        // SAFETY: the place is aligned and valid for reads, and the value is not used there any more.
        let value = unsafe { bucket.value(space, index)?.read() };
        // SAFETY: the key is valid and belongs to the space.
        unsafe { K::release(bucket.key_mut(space, index)?, space) }?;
        bucket = bucket.with_head(space)?;
        bucket.remove(space, index)?;
        if bucket.count == 0 || bucket.is_sparse() {
            self.shrink(space, hash)?;
        }
        self.len = len;
        Ok(Some(value))
    }
}

/// Finds the bucket and the index of an entry.
#[inline]
fn find<K: Key, V: Stored, S: Space>(space: S, root: u32, key: &K::Query) -> Result<Option<Slot<K, V>>, S::Error> {
    if root == 0 {
        return Ok(None);
    }
    let hash = K::hash(key);
    let (Some(bucket), _) = directory::lookup(space, root, hash)? else { return Ok(None) };
    // SAFETY: the caller's map, and so its keys, belong to the space.
    match unsafe { bucket.find(space, hash, key) }? {
        Found::Entry(index) => Ok(Some((bucket, index))),
        Found::Vacancy(_) | Found::Nothing => Ok(None),
    }
}

impl<K: Key + fmt::Debug, V: Stored + fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<'a, K: Key, V: Stored> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}
