//! Iteration over sorted maps.

use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};

use crate::here::sure;
use crate::key::Key;
use crate::sorted::SortedMap;
use crate::sorted::node::{Entry, Node};
use crate::sorted::path::Path;
use crate::space::{Failure, Linear, Space};
use crate::stored::Stored;

/// A position between two entries of a [`SortedMap`], for use in a given space.
///
/// The map must not change while a cursor is used.
pub struct Cursor<K, V> {
    /// None for the empty map.
    path: Option<Path<K, V>>,
    index: u32,
    /// Leaves that may still be entered. A map whose nodes lie in the space has fewer than this.
    budget: u64,
}

impl<K: Key, V: Stored> SortedMap<K, V> {
    /// Returns the position before the first entry.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn start_in<S: Space>(&self, space: S) -> Result<Cursor<K, V>, S::Error> {
        Cursor::start(space, self.root)
    }

    /// Returns the position behind the last entry.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn end_in<S: Space>(&self, space: S) -> Result<Cursor<K, V>, S::Error> {
        Cursor::end(space, self.root)
    }

    /// Returns the position before the first entry whose key is not smaller than a key.
    ///
    /// # Safety
    ///
    /// The map belongs to `space`.
    pub unsafe fn seek_in<S: Space>(&self, space: S, key: &K::Query) -> Result<Cursor<K, V>, S::Error> {
        // SAFETY: the caller's part is the same.
        unsafe { Cursor::seek(space, self.root, key, false) }
    }
}

impl<K: Key, V: Stored> Cursor<K, V> {
    fn new<S: Space>(space: S, path: Option<Path<K, V>>, index: u32) -> Self {
        Self { path, index, budget: space.size() / 16 }
    }

    fn start<S: Space>(space: S, root: u32) -> Result<Self, S::Error> {
        let path = if root == 0 { None } else { Some(Path::new(space, root, |_| Ok(0))?) };
        Ok(Self::new(space, path, 0))
    }

    fn end<S: Space>(space: S, root: u32) -> Result<Self, S::Error> {
        let path = if root == 0 { None } else { Some(Path::new(space, root, |node: &Node<K, V>| Ok(node.count))?) };
        let index = path.as_ref().map_or(0, |path| path.leaf.count);
        Ok(Self::new(space, path, index))
    }

    unsafe fn seek<S: Space>(space: S, root: u32, key: &K::Query, is_after: bool) -> Result<Self, S::Error> {
        if root == 0 {
            return Ok(Self::new(space, None, 0));
        }
        // SAFETY: the caller promises that the map belongs to the space.
        let (path, (index, is_equal)) = unsafe {
            let path = Path::find(space, root, key)?;
            let found = path.leaf.search(space, key)?;
            (path, found)
        };
        Ok(Self::new(space, Some(path), index + u32::from(is_equal && is_after)))
    }

    /// Goes over the next entry and returns the places of its key and value.
    ///
    /// # Safety
    ///
    /// The map of the cursor belongs to `space` and has not changed.
    pub unsafe fn next_in<S: Space>(&mut self, space: S) -> Result<Option<(*const K, *const V)>, S::Error> {
        match self.step(space)? {
            Some((leaf, index)) => Ok(Some((leaf.key(space, index)?, leaf.value(space, index)?))),
            None => Ok(None),
        }
    }

    /// Goes back over the entry before and returns the places of its key and value.
    ///
    /// # Safety
    ///
    /// The map of the cursor belongs to `space` and has not changed.
    pub unsafe fn previous_in<S: Space>(&mut self, space: S) -> Result<Option<(*const K, *const V)>, S::Error> {
        match self.step_back(space)? {
            Some((leaf, index)) => Ok(Some((leaf.key(space, index)?, leaf.value(space, index)?))),
            None => Ok(None),
        }
    }

    fn enter_leaf<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| space.fail(Failure::NodeDamaged))?;
        Ok(())
    }

    #[inline]
    fn step<S: Space>(&mut self, space: S) -> Result<Option<Entry<K, V>>, S::Error> {
        loop {
            let Some(path) = &mut self.path else { return Ok(None) };
            if self.index < path.leaf.count {
                self.index += 1;
                return Ok(Some((path.leaf, self.index - 1)));
            }
            if !path.next_leaf(space)? {
                self.path = None;
                return Ok(None);
            }
            self.index = 0;
            self.enter_leaf(space)?;
        }
    }

    fn step_back<S: Space>(&mut self, space: S) -> Result<Option<Entry<K, V>>, S::Error> {
        loop {
            let Some(path) = &mut self.path else { return Ok(None) };
            if let Some(index) = self.index.checked_sub(1) {
                self.index = index;
                return Ok(Some((path.leaf, index)));
            }
            if !path.previous_leaf(space)? {
                self.path = None;
                return Ok(None);
            }
            self.index = path.leaf.count;
            self.enter_leaf(space)?;
        }
    }
}

/// The entries of a [`SortedMap`] in order.
pub struct Iter<'a, K, V> {
    front: Cursor<K, V>,
    /// Made by the first `next_back`.
    back: Option<Cursor<K, V>>,
    root: u32,
    left: u32,
    space: Linear,
    map: PhantomData<&'a (K, V)>,
}

impl<'a, K: Key, V: Stored> Iter<'a, K, V> {
    pub(super) fn new(root: u32, left: u32, space: Linear) -> Self {
        Self { front: sure(Cursor::start(space, root)), back: None, root, left, space, map: PhantomData }
    }

    fn entry(&self, leaf: Node<K, V>, index: u32) -> (&'a K, &'a V) {
        // SAFETY: both places are aligned and valid for reads, and borrowed as the map is.
        unsafe { (&*sure(leaf.key(self.space, index)), &*sure(leaf.value(self.space, index))) }
    }
}

impl<'a, K: Key, V: Stored> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (leaf, index) = sure(self.front.step(self.space))?;
        Some(self.entry(leaf, index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl<K: Key, V: Stored> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (root, space) = (self.root, self.space);
        let back = self.back.get_or_insert_with(|| sure(Cursor::end(space, root)));
        let (leaf, index) = sure(back.step_back(space))?;
        Some(self.entry(leaf, index))
    }
}

/// The entries of a [`SortedMap`] in order, with their values for writing.
pub struct IterMut<'a, K, V> {
    cursor: Cursor<K, V>,
    space: Linear,
    map: PhantomData<&'a mut (K, V)>,
}

impl<K: Key, V: Stored> IterMut<'_, K, V> {
    pub(super) fn new(root: u32, space: Linear) -> Self {
        Self { cursor: sure(Cursor::start(space, root)), space, map: PhantomData }
    }
}

impl<'a, K: Key, V: Stored> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        let (leaf, index) = sure(self.cursor.step(self.space))?;
        // SAFETY: both places are aligned and valid, borrowed as the map is, and each value is returned once.
        Some(unsafe { (&*sure(leaf.key(self.space, index)), &mut *sure(leaf.value_mut(self.space, index))) })
    }
}

/// The entries of a range of keys in order.
pub struct Range<'a, K, V, R> {
    cursor: Cursor<K, V>,
    range: R,
    space: Linear,
    map: PhantomData<&'a (K, V)>,
}

impl<K: Key, V: Stored, R: RangeBounds<K::Query>> Range<'_, K, V, R> {
    pub(super) fn new(root: u32, range: R, space: Linear) -> Self {
        let start = match range.start_bound() {
            Bound::Unbounded => None,
            Bound::Included(key) => Some((key, false)),
            Bound::Excluded(key) => Some((key, true)),
        };
        let cursor = sure(match start {
            None => Cursor::start(space, root),
            // SAFETY: a map that safe code can have belongs to the current space.
            Some((key, is_after)) => unsafe { Cursor::seek(space, root, key, is_after) },
        });
        Self { cursor, range, space, map: PhantomData }
    }
}

impl<'a, K: Key, V: Stored, R: RangeBounds<K::Query>> Iterator for Range<'a, K, V, R> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let (leaf, index) = sure(self.cursor.step(self.space))?;
        let (key, value) = (sure(leaf.key(self.space, index)), sure(leaf.value(self.space, index)));
        // SAFETY: the place of the key is valid for reads, and the map belongs to the space.
        let order = |end| sure(unsafe { K::compare(end, key, self.space) });
        let is_inside = match self.range.end_bound() {
            Bound::Unbounded => true,
            Bound::Included(end) => order(end) != Ordering::Less,
            Bound::Excluded(end) => order(end) == Ordering::Greater,
        };
        // SAFETY: both places are aligned and valid for reads, and borrowed as the map is.
        is_inside.then(|| unsafe { (&*key, &*value) })
    }
}
