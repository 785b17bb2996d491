//! Sorted maps: a B+ tree.
//!
//! ```text
//!  SortedMap   root u32, len u32
//!  root ──► leaf                                     as long as one is enough, in a block of the heap's size for its entries
//!  root ──► inner node ──► (inner nodes ──►) leaves  of a page each
//! ```
//! Every path from the root to a leaf has the same length. Splits and merges are by number of entries: a full node is split in the
//! middle, or at its end if the new key comes last. There are no links between leaves, so an insert changes only the nodes on its path and
//! their new siblings.

mod insert;
mod iter;
mod node;
mod path;
mod remove;

use core::fmt;
use core::marker::PhantomData;
use core::ops::RangeBounds;

use crate::here::{here, sure};
use crate::key::Key;
use crate::space::{Failure, Space};
use crate::stored::Stored;
use node::{Entry, Node};
use path::Path;

pub use iter::{Cursor, Iter, IterMut, Range};

/// A sorted map, as `BTreeMap<K, V>` is: eight bytes, and nodes of up to a page in the heap.
///
/// All bytes zero is the empty map.
#[repr(C)]
pub struct SortedMap<K, V> {
    root: u32,
    len: u32,
    /// Neither `Send` nor `Sync`: offsets have a meaning in one space only.
    entries: PhantomData<(*const (), K, V)>,
}

// SAFETY: two numbers, of which every pattern of bits is checked on use; `release` frees all nodes.
unsafe impl<K: Key, V: Stored> Stored for SortedMap<K, V> {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller promises that `this` is valid for reads and writes. The map is empty before its entries are released, so
        // a damaged map that holds itself is released once.
        unsafe { this.replace(Self::new()).clear_in(space) }
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { root: 0, len: 0, entries: PhantomData }
    }
}

impl<K: Key, V: Stored> SortedMap<K, V> {
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
    pub fn get(&self, key: &K::Query) -> Option<&V> {
        // SAFETY: a map that safe code can have belongs to the current space. The value is borrowed as the map is.
        sure(unsafe { self.get_in(here(), key) }).map(|place| unsafe { &*place })
    }

    /// Returns the value of a key for writing.
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

    /// Returns the entry with the smallest key.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// Returns the entry with the largest key.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Returns the entries in ascending order of keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.root, self.len, here())
    }

    /// Returns the entries in ascending order of keys, with their values for writing.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(self.root, here())
    }

    /// Returns the keys in ascending order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Returns the values in ascending order of keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Returns the entries of a range of keys in ascending order. For keys of texts and byte strings it is a pair of
    /// [`Bound`](core::ops::Bound)s.
    pub fn range<R: RangeBounds<K::Query>>(&self, range: R) -> Range<'_, K, V, R> {
        Range::new(self.root, range, here())
    }

    /// Returns the place of a value, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn get_in<S: Space>(&self, space: S, key: &K::Query) -> Result<Option<*const V>, S::Error> {
        // SAFETY: the caller's part is the same.
        match unsafe { self.find(space, key) }? {
            Some((leaf, index)) => leaf.value(space, index).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the place of a value for writing, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn get_mut_in<S: Space>(&mut self, space: S, key: &K::Query) -> Result<Option<*mut V>, S::Error> {
        // SAFETY: the caller's part is the same.
        match unsafe { self.find(space, key) }? {
            Some((leaf, index)) => leaf.value_mut(space, index).map(Some),
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
        let len = self.len.checked_add(1).ok_or_else(|| space.fail(Failure::TooLarge))?;
        if self.root == 0 {
            let mut leaf = Node::leaf(space, 1)?;
            self.root = leaf.at;
            self.len = len;
            return insert::put(space, &mut leaf, 0, key);
        }
        // SAFETY: the key is valid, and not written as long as the query is used. Map and key belong to the space.
        let (path, (index, is_there)) = unsafe {
            let query = K::query(&raw const key, space)?;
            let path = Path::<K, V>::find(space, self.root, query)?;
            let found = path.leaf.search(space, query)?;
            (path, found)
        };
        if is_there {
            // SAFETY: the key is valid, belongs to the space and is not used any more.
            unsafe { K::release(&raw mut key, space) }?;
            return path.leaf.value_mut(space, index);
        }
        let place = self.insert_at(space, &path, index, key)?;
        self.len = len;
        Ok(place)
    }

    /// Removes an entry, releases its key and returns its value, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn take_in<S: Space>(&mut self, space: S, key: &K::Query) -> Result<Option<V>, S::Error> {
        if self.root == 0 {
            return Ok(None);
        }
        // SAFETY: the map belongs to the space.
        let (path, (index, is_there)) = unsafe {
            let path = Path::<K, V>::find(space, self.root, key)?;
            let found = path.leaf.search(space, key)?;
            (path, found)
        };
        if !is_there {
            return Ok(None);
        }
        let Some(len) = self.len.checked_sub(1) else { return Err(space.fail(Failure::NodeDamaged)) };
        // SAFETY: both places are aligned and valid, and neither key nor value is used there any more: no key is compared from here
        // on, and a separator with the key's bytes is replaced.
        let (mut key, value) = unsafe { (path.leaf.key(space, index)?.read(), path.leaf.value(space, index)?.read()) };
        self.remove_at(space, &path, index)?;
        self.len = len;
        // SAFETY: the key has left the map and belongs to the space.
        unsafe { K::release(&raw mut key, space) }?;
        Ok(Some(value))
    }

    /// Releases and removes all entries, in a given space.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn clear_in<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        let root = core::mem::take(&mut self.root);
        self.len = 0;
        if root == 0 {
            return Ok(());
        }
        // SAFETY: the caller's part is the same.
        unsafe { Self::release_node(space, Node::read(space, root)?) }
    }

    /// Releases what is below a node, and frees it. A node that is reached twice is zero the second time, so a failure.
    unsafe fn release_node<S: Space>(space: S, node: Node<K, V>) -> Result<(), S::Error> {
        if node.level > 0 {
            for index in 0..=node.count {
                // SAFETY: the caller's part is the same. The level falls, so the recursion ends.
                unsafe { Self::release_node(space, node.child(space, index)?) }?;
            }
        } else {
            for index in 0..node.count {
                if K::OWNS {
                    // SAFETY: the place is valid for reads and writes, and belongs to the space.
                    unsafe { K::release(node.key_mut(space, index)?, space) }?;
                }
                if V::OWNS {
                    // SAFETY: the place is valid for reads and writes, and belongs to the space.
                    unsafe { V::release(node.value_mut(space, index)?, space) }?;
                }
            }
        }
        node.free(space)
    }

    /// Finds the leaf and the index of an entry.
    unsafe fn find<S: Space>(&self, space: S, key: &K::Query) -> Result<Option<Entry<K, V>>, S::Error> {
        if self.root == 0 {
            return Ok(None);
        }
        let mut node = Node::<K, V>::read(space, self.root)?;
        loop {
            // SAFETY: the caller promises that the map belongs to the space. The level falls, so the loop ends.
            let (index, is_equal) = unsafe { node.search(space, key) }?;
            if node.level == 0 {
                return Ok(is_equal.then_some((node, index)));
            }
            node = node.child(space, index + u32::from(is_equal))?;
        }
    }
}

impl<K: Key + fmt::Debug, V: Stored + fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<'a, K: Key, V: Stored> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}
