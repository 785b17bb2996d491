//! Lists: a tree of chunks.
//!
//! ```text
//!  List   root u32, len u32
//!  len ≤ L      root ──► chunk: len elements, in a block of the heap's size for len elements
//!  len > L      root ──► node: 1,024 offsets ──► (nodes ──►) chunks of L elements
//!  L = 4,096 / size of an element, at least 1
//! ```
//! The length alone says how high the tree is, how many chunks it has and how large they are: the layout of a list does not depend on
//! how it came about. What lies beyond the last element is zero.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

use crate::heap::{allocate, free, resize};
use crate::here::{here, sure};
use crate::space::{Failure, Linear, Space, add, get, place, place_mut, set, zero};
use crate::stored::Stored;

/// The binary logarithm of the number of offsets in a node.
const BITS: u32 = 10;
/// Bytes of a node.
const NODE: u32 = 4 << BITS;

/// A list, as `Vec<T>` is, that grows without moving: eight bytes, and chunks of up to a page in the heap.
///
/// Reaching an element takes two steps in a list of up to 524,288 `u64`, three in a longer one. All bytes zero is the empty list.
///
/// An element that is overwritten (`list[0] = value`) is not released: clear it first if it is a container.
#[repr(C)]
pub struct List<T> {
    root: u32,
    len: u32,
    /// Neither `Send` nor `Sync`: offsets have a meaning in one space only.
    elements: PhantomData<(*const (), T)>,
}

// SAFETY: two numbers, of which every pattern of bits is checked on use; `release` frees all chunks and nodes.
unsafe impl<T: Stored> Stored for List<T> {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller promises that `this` is valid for reads and writes. The list is empty before its elements are released,
        // so a damaged list that holds itself is released once.
        unsafe { this.replace(Self::new()).clear_in(space) }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { root: 0, len: 0, elements: PhantomData }
    }
}

impl<T: Stored> List<T> {
    const SIZE: u32 = {
        assert!(size_of::<T>() > 0 && size_of::<T>() <= 1 << 24, "an element has 1 to 16777216 bytes");
        size_of::<T>() as u32
    };
    /// Elements of a chunk.
    const CHUNK: u32 = if Self::SIZE > 4096 { 1 } else { 4096 / Self::SIZE };

    /// Returns the empty list.
    pub const fn new() -> Self {
        Self { root: 0, len: 0, elements: PhantomData }
    }

    /// Returns the number of elements.
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Tells if there is no element.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns an element.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&T> {
        // SAFETY: a list that safe code can have belongs to the current space. The element is borrowed as the list is.
        sure(unsafe { self.get_in(here(), index) }).map(|place| unsafe { &*place })
    }

    /// Returns an element for writing.
    #[inline]
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        // SAFETY: a list that safe code can have belongs to the current space. The element is borrowed as the list is.
        sure(unsafe { self.get_mut_in(here(), index) }).map(|place| unsafe { &mut *place })
    }

    /// Returns the first element.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// Returns the last element.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.wrapping_sub(1))
    }

    /// Returns the last element for writing.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len.wrapping_sub(1))
    }

    /// Appends an element and returns it.
    #[inline]
    pub fn push(&mut self, value: T) -> &mut T {
        // SAFETY: a list that safe code can have belongs to the current space. The element is borrowed as the list is.
        unsafe {
            let place = sure(self.grow_in(here()));
            place.write(value);
            &mut *place
        }
    }

    /// Removes the last element and returns it. One that is a container still owns its blocks.
    #[must_use = "a container that is not stored elsewhere keeps its blocks for ever: `remove_last` frees them"]
    pub fn pop(&mut self) -> Option<T> {
        // SAFETY: a list that safe code can have belongs to the current space.
        sure(unsafe { self.pop_in(here()) })
    }

    /// Releases the last element and removes it. Returns false if there is none.
    pub fn remove_last(&mut self) -> bool {
        let Some(last) = self.last_mut() else { return false };
        // SAFETY: the element is borrowed for writing, and belongs to the current space.
        sure(unsafe { T::release(last, here()) });
        self.pop().is_some()
    }

    /// Removes an element, puts the last one in its place and returns the removed one. One that is a container still owns its blocks.
    ///
    /// # Panics
    ///
    /// If there is no such element.
    #[must_use = "a container that is not stored elsewhere keeps its blocks for ever"]
    pub fn swap_remove(&mut self, index: u32) -> T {
        assert!(index < self.len, "element {index} of a list of {}", self.len);
        let last = self.pop().expect("not empty");
        match self.get_mut(index) {
            Some(place) => core::mem::replace(place, last),
            None => last,
        }
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// If there are no such elements.
    pub fn swap(&mut self, one: u32, other: u32) {
        assert!(one < self.len && other < self.len, "elements {one} and {other} of a list of {}", self.len);
        if one != other {
            // SAFETY: both elements are valid for reads and writes, and the list is borrowed.
            unsafe {
                let places = [one, other].map(|index| sure(self.get_mut_in(here(), index)).expect("checked above"));
                places[0].swap(places[1]);
            }
        }
    }

    /// Releases and removes elements from the end until `len` are left.
    pub fn truncate(&mut self, len: u32) {
        while self.len > len {
            self.remove_last();
        }
    }

    /// Releases and removes all elements.
    pub fn clear(&mut self) {
        // SAFETY: a list that safe code can have belongs to the current space.
        sure(unsafe { self.clear_in(here()) })
    }

    /// Returns all elements in order.
    pub fn iter(&self) -> Iter<'_, T> {
        let space = here();
        Iter { list: self, range: Range::of(self, space), space }
    }

    /// Returns all elements in order for writing.
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let space = here();
        IterMut { range: Range::of(self, space), list: self, space }
    }

    /// Returns the place of an element, in a given space.
    ///
    /// # Safety
    ///
    /// The list belongs to `space`.
    #[inline]
    pub unsafe fn get_in<S: Space>(&self, space: S, index: u32) -> Result<Option<*const T>, S::Error> {
        if index >= self.len {
            return Ok(None);
        }
        let chunk = self.chunk(space, index / Self::CHUNK)?;
        place(space, add(space, chunk, index % Self::CHUNK * Self::SIZE)?).map(Some)
    }

    /// Returns the place of an element for writing, in a given space.
    ///
    /// # Safety
    ///
    /// The list belongs to `space`.
    #[inline]
    pub unsafe fn get_mut_in<S: Space>(&mut self, space: S, index: u32) -> Result<Option<*mut T>, S::Error> {
        if index >= self.len {
            return Ok(None);
        }
        let chunk = self.chunk(space, index / Self::CHUNK)?;
        place_mut(space, add(space, chunk, index % Self::CHUNK * Self::SIZE)?).map(Some)
    }

    /// Appends an element whose bytes are zero and returns its place, in a given space.
    ///
    /// # Safety
    ///
    /// The list belongs to `space`.
    pub unsafe fn grow_in<S: Space>(&mut self, space: S) -> Result<*mut T, S::Error> {
        let index = self.len;
        let len = index.checked_add(1).ok_or_else(|| space.fail(Failure::TooLarge))?;
        let (number, at) = (index / Self::CHUNK, index % Self::CHUNK * Self::SIZE);
        let chunk = if number == 0 {
            self.root = match index {
                0 => allocate(space, Self::SIZE)?,
                _ => resize(space, self.root, at, at + Self::SIZE)?,
            };
            self.root
        } else if at == 0 {
            self.add_chunk(space, number)?
        } else {
            self.chunk(space, number)?
        };
        self.len = len;
        place_mut(space, add(space, chunk, at)?)
    }

    /// Removes the last element and returns it, in a given space.
    ///
    /// # Safety
    ///
    /// The list belongs to `space`.
    pub unsafe fn pop_in<S: Space>(&mut self, space: S) -> Result<Option<T>, S::Error> {
        let Some(index) = self.len.checked_sub(1) else { return Ok(None) };
        let (number, at) = (index / Self::CHUNK, index % Self::CHUNK * Self::SIZE);
        let chunk = self.chunk(space, number)?;
        let place = place::<T, S>(space, add(space, chunk, at)?)?;
        // SAFETY: `place` is aligned and valid for reads, and the element is not used there any more.
        let value = unsafe { place.read() };
        if at == 0 {
            self.free_last_chunk(space, number)?;
        } else if number == 0 {
            self.root = resize(space, self.root, at + Self::SIZE, at)?;
        } else {
            zero(space, chunk + at, Self::SIZE)?;
        }
        self.len = index;
        Ok(Some(value))
    }

    /// Releases and removes all elements, in a given space.
    ///
    /// # Safety
    ///
    /// The list belongs to `space`.
    pub unsafe fn clear_in<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        while let Some(last) = self.len.checked_sub(1) {
            let number = last / Self::CHUNK;
            if T::OWNS {
                let (chunk, count) = (self.chunk(space, number)?, last % Self::CHUNK + 1);
                for index in 0..count {
                    let place = place_mut::<T, S>(space, add(space, chunk, index * Self::SIZE)?)?;
                    // SAFETY: `place` is aligned, valid for reads and writes, and belongs to the space.
                    unsafe { T::release(place, space) }?;
                }
            }
            self.free_last_chunk(space, number)?;
            self.len = number * Self::CHUNK;
        }
        Ok(())
    }

    /// Returns the number of levels of nodes above the chunks of a list whose last chunk has this number.
    #[inline]
    const fn height(last_chunk: u32) -> u32 {
        if last_chunk == 0 { 0 } else { last_chunk.ilog2() / BITS + 1 }
    }

    /// Returns the offset of a chunk of the list as it is.
    #[inline]
    fn chunk<S: Space>(&self, space: S, number: u32) -> Result<u32, S::Error> {
        let mut level = Self::height(self.len.wrapping_sub(1) / Self::CHUNK);
        let mut at = self.root;
        while level > 0 {
            level -= 1;
            at = get(space, add(space, at, slot(number, level))?)?;
        }
        // A chunk is in the heap, so it is not where the head of the space lies.
        if at == 0 { Err(space.fail(Failure::NodeDamaged)) } else { Ok(at) }
    }

    /// The bytes of a chunk's block, of which `elements` are in use if it is the only one.
    fn block(number: u32, elements: u32) -> u32 {
        if number == 0 { elements * Self::SIZE } else { Self::CHUNK * Self::SIZE }
    }

    /// Adds the chunk with this number, which is not 0, after the last one.
    fn add_chunk<S: Space>(&mut self, space: S, number: u32) -> Result<u32, S::Error> {
        let height = Self::height(number);
        if height > Self::height(number - 1) {
            let root = allocate(space, NODE)?;
            set(space, root, self.root)?;
            self.root = root;
        }
        let mut at = self.root;
        for level in (0..height).rev() {
            let slot = add(space, at, slot(number, level))?;
            at = get(space, slot)?;
            if at == 0 {
                at = allocate(space, if level == 0 { Self::CHUNK * Self::SIZE } else { NODE })?;
                set(space, slot, at)?;
            } else if level == 0 {
                return Err(space.fail(Failure::NodeDamaged));
            }
        }
        Ok(at)
    }

    /// Frees the last chunk, the nodes that lead to no other one, and a root that leads to one child only.
    fn free_last_chunk<S: Space>(&mut self, space: S, number: u32) -> Result<(), S::Error> {
        let chunk = self.chunk(space, number)?;
        let in_use = self.len - number * Self::CHUNK;
        free(space, chunk, Self::block(number, in_use))?;
        if number == 0 {
            self.root = 0;
            return Ok(());
        }
        // The lowest level whose slot is not the first of its node keeps its node.
        let height = Self::height(number);
        let keeps = number.trailing_zeros() / BITS;
        let mut at = self.root;
        for level in (keeps..height).rev() {
            let slot = add(space, at, slot(number, level))?;
            at = get(space, slot)?;
            if level == keeps {
                set(space, slot, 0_u32)?;
            }
        }
        for level in (0..keeps).rev() {
            let node = at;
            at = get(space, add(space, node, slot(number, level))?)?;
            free(space, node, NODE)?;
        }
        if height > Self::height(number - 1) {
            let root = self.root;
            self.root = get(space, root)?;
            free(space, root, NODE)?;
        }
        Ok(())
    }
}

/// The offset in a node of the given level at which the way to a chunk goes on.
#[inline]
const fn slot(chunk: u32, level: u32) -> u32 {
    (chunk >> (BITS * level)) % (1 << BITS) * 4
}

impl<T: Stored> Index<u32> for List<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        self.get(index).unwrap_or_else(|| panic!("element {index} of a list of {}", self.len))
    }
}

impl<T: Stored> IndexMut<u32> for List<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        let len = self.len;
        self.get_mut(index).unwrap_or_else(|| panic!("element {index} of a list of {len}"))
    }
}

impl<T: Stored> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.push(value);
        }
    }
}

impl<T: Stored + fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Elements that are left, and the chunk of the next one.
struct Range {
    next: u32,
    end: u32,
    chunk: u32,
}

impl Range {
    fn of<T: Stored>(list: &List<T>, space: Linear) -> Self {
        if u64::from(list.len) * u64::from(List::<T>::SIZE) > space.size() {
            space.fail(Failure::NodeDamaged);
        }
        Self { next: 0, end: list.len, chunk: 0 }
    }

    /// Returns the offset of the next element.
    #[inline]
    fn step<T: Stored>(&mut self, list: &List<T>, space: Linear) -> Option<u32> {
        if self.next == self.end {
            return None;
        }
        let within = self.next % List::<T>::CHUNK;
        if within == 0 {
            self.chunk = sure(list.chunk(space, self.next / List::<T>::CHUNK));
        }
        self.next += 1;
        Some(sure(add(space, self.chunk, within * List::<T>::SIZE)))
    }
}

/// The elements of a [`List`] in order.
pub struct Iter<'a, T> {
    list: &'a List<T>,
    range: Range,
    space: Linear,
}

impl<'a, T: Stored> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let at = self.range.step(self.list, self.space)?;
        // SAFETY: the place is aligned and valid for reads, and borrowed as the list is.
        Some(unsafe { &*sure(place(self.space, at)) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.range.end - self.range.next) as usize;
        (left, Some(left))
    }
}

impl<T: Stored> ExactSizeIterator for Iter<'_, T> {}

impl<'a, T: Stored> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`List`] in order, for writing.
pub struct IterMut<'a, T> {
    list: &'a mut List<T>,
    range: Range,
    space: Linear,
}

impl<'a, T: Stored> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        let at = self.range.step(self.list, self.space)?;
        // SAFETY: the place is aligned and valid for writes, borrowed as the list is, and each is returned once.
        Some(unsafe { &mut *sure(place_mut(self.space, at)) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.range.end - self.range.next) as usize;
        (left, Some(left))
    }
}

impl<T: Stored> ExactSizeIterator for IterMut<'_, T> {}
