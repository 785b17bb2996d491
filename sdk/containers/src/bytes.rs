//! Bytes and text in one piece.

use core::cmp::Ordering;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::{slice, str};

use crate::hash::hash;
use crate::heap::{allocate, free, resize};
use crate::here::{here, sure};
use crate::key::Key;
use crate::space::{Failure, Space};
use crate::stored::Stored;

/// A byte string in one block of the heap, as `Vec<u8>` is: offset and length, eight bytes.
///
/// All bytes zero is the empty string. A string of more than a page moves when it outgrows an eighth of its length.
#[repr(C)]
#[derive(Default)]
pub struct Bytes {
    offset: u32,
    length: u32,
    /// Neither `Send` nor `Sync`: offsets have a meaning in one space only.
    space: PhantomData<*const ()>,
}

// SAFETY: two numbers, of which every pattern of bits is checked when the bytes are reached; `release` frees the one block.
unsafe impl Stored for Bytes {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller promises that `this` is valid for reads and writes, and the space.
        unsafe { this.replace(Self::new()).clear_in(space) }
    }
}

impl Bytes {
    /// Returns the empty string.
    pub const fn new() -> Self {
        Self { offset: 0, length: 0, space: PhantomData }
    }

    /// Returns the number of bytes.
    pub const fn len(&self) -> usize {
        self.length as usize
    }

    /// Tells if there is no byte.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the bytes.
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: a value that safe code can have lies in the current space or came from it.
        sure(unsafe { self.as_slice_in(here()) })
    }

    /// Returns the bytes for writing.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: a value that safe code can have lies in the current space or came from it.
        sure(unsafe { self.as_mut_slice_in(here()) })
    }

    /// Replaces the content.
    pub fn set(&mut self, bytes: &[u8]) {
        // SAFETY: a value that safe code can have lies in the current space or came from it.
        sure(unsafe { self.set_in(here(), bytes) })
    }

    /// Appends bytes.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        // SAFETY: a value that safe code can have lies in the current space or came from it.
        sure(unsafe { self.extend_in(here(), bytes) })
    }

    /// Appends a byte.
    pub fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }

    /// Shortens the string to `length` bytes, if it is longer.
    pub fn truncate(&mut self, length: usize) {
        if length < self.len() {
            // SAFETY: a value that safe code can have lies in the current space or came from it.
            sure(unsafe { self.resize_in(here(), length as u32) });
        }
    }

    /// Removes all bytes and frees their block.
    pub fn clear(&mut self) {
        // SAFETY: a value that safe code can have lies in the current space or came from it.
        sure(unsafe { self.clear_in(here()) })
    }

    /// Returns the bytes, in a given space.
    ///
    /// # Safety
    ///
    /// The string belongs to `space`, and its block is not written for as long as the result is used.
    #[inline]
    pub unsafe fn as_slice_in<'a, S: Space>(&self, space: S) -> Result<&'a [u8], S::Error> {
        if self.length == 0 {
            return Ok(&[]);
        }
        let bytes = space.read(self.offset, self.length)?;
        // SAFETY: `read` made the range ready, and the caller promises that it is not written.
        Ok(unsafe { slice::from_raw_parts(bytes, self.length as usize) })
    }

    /// Returns the bytes for writing, in a given space.
    ///
    /// # Safety
    ///
    /// The string belongs to `space`, and its block is not accessed otherwise for as long as the result is used.
    pub unsafe fn as_mut_slice_in<'a, S: Space>(&mut self, space: S) -> Result<&'a mut [u8], S::Error> {
        if self.length == 0 {
            return Ok(&mut []);
        }
        let bytes = space.write(self.offset, self.length)?;
        // SAFETY: `write` made the range ready, and the caller promises that nothing else accesses it.
        Ok(unsafe { slice::from_raw_parts_mut(bytes, self.length as usize) })
    }

    /// Replaces the content, in a given space. `bytes` must not lie in the space.
    ///
    /// # Safety
    ///
    /// The string belongs to `space`.
    pub unsafe fn set_in<S: Space>(&mut self, space: S, bytes: &[u8]) -> Result<(), S::Error> {
        let length = u32::try_from(bytes.len()).map_err(|_| space.fail(Failure::TooLarge))?;
        // SAFETY: the caller's part is the same. No reference to the block is left.
        unsafe {
            self.resize_in(space, length)?;
            self.as_mut_slice_in(space)?.copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Appends bytes, in a given space.
    ///
    /// # Safety
    ///
    /// The string belongs to `space`.
    pub unsafe fn extend_in<S: Space>(&mut self, space: S, bytes: &[u8]) -> Result<(), S::Error> {
        let before = self.len();
        let length = u32::try_from(before + bytes.len()).map_err(|_| space.fail(Failure::TooLarge))?;
        // SAFETY: the caller's part is the same. No reference to the block is left.
        unsafe {
            self.resize_in(space, length)?;
            self.as_mut_slice_in(space)?[before..].copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Removes all bytes and frees their block, in a given space.
    ///
    /// # Safety
    ///
    /// The string belongs to `space`.
    pub unsafe fn clear_in<S: Space>(&mut self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller's part is the same.
        unsafe { self.resize_in(space, 0) }
    }

    /// Gives the string another length. New bytes are zero.
    unsafe fn resize_in<S: Space>(&mut self, space: S, length: u32) -> Result<(), S::Error> {
        self.offset = match (self.length, length) {
            (0, 0) => 0,
            (0, _) => allocate(space, length)?,
            (_, 0) => {
                free(space, self.offset, self.length)?;
                0
            }
            _ => resize(space, self.offset, self.length, length)?,
        };
        self.length = length;
        Ok(())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        let mut this = Self::new();
        this.set(bytes);
        this
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

// SAFETY: hash, order and equality are those of the content.
unsafe impl Key for Bytes {
    type Query = [u8];

    fn hash(query: &[u8]) -> u64 {
        hash(query)
    }

    unsafe fn query<'a, S: Space>(key: *const Self, space: S) -> Result<&'a [u8], S::Error> {
        // SAFETY: the caller promises that the key and its block are valid for reads and not written.
        unsafe { (*key).as_slice_in(space) }
    }

    unsafe fn compare<S: Space>(query: &[u8], key: *const Self, space: S) -> Result<Ordering, S::Error> {
        // SAFETY: the caller promises that the key is valid for reads; the bytes are not used afterwards.
        Ok(query.cmp(unsafe { (*key).as_slice_in(space) }?))
    }
}

/// A text in one block of the heap, as `String` is: offset and length, eight bytes.
///
/// All bytes zero is the empty text.
#[repr(transparent)]
#[derive(Default)]
pub struct Str(Bytes);

// SAFETY: as `Bytes`; that the content is UTF-8 is checked when it becomes a `str`.
unsafe impl Stored for Str {
    const OWNS: bool = true;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        // SAFETY: the caller's part is the same, and a `Str` is laid out as its `Bytes`.
        unsafe { Bytes::release(this.cast::<Bytes>(), space) }
    }
}

impl Str {
    /// Returns the empty text.
    pub const fn new() -> Self {
        Self(Bytes::new())
    }

    /// Returns the text.
    ///
    /// # Panics
    ///
    /// If the bytes in storage are not UTF-8. They were overwritten then.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.0.as_slice()).unwrap_or_else(|_| panic!("{}", Failure::NotText.message()))
    }

    /// Returns the number of bytes.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells if the text is empty.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Replaces the text.
    pub fn set(&mut self, text: &str) {
        self.0.set(text.as_bytes());
    }

    /// Appends a text.
    pub fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Removes the text and frees its block.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the bytes for functions that take a space.
    pub fn as_inner_mut(&mut self) -> &mut Bytes {
        &mut self.0
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

// SAFETY: hash, order and equality are those of the bytes, which are those of the text.
unsafe impl Key for Str {
    type Query = str;

    fn hash(query: &str) -> u64 {
        hash(query.as_bytes())
    }

    unsafe fn query<'a, S: Space>(key: *const Self, space: S) -> Result<&'a str, S::Error> {
        // SAFETY: the caller promises that the key and its block are valid for reads and not written.
        let bytes = unsafe { (*key).0.as_slice_in(space) }?;
        str::from_utf8(bytes).map_err(|_| space.fail(Failure::NotText))
    }

    unsafe fn compare<S: Space>(query: &str, key: *const Self, space: S) -> Result<Ordering, S::Error> {
        // SAFETY: the caller promises that the key is valid for reads; the bytes are not used afterwards.
        Ok(query.as_bytes().cmp(unsafe { (*key).0.as_slice_in(space) }?))
    }

    unsafe fn hash_of<S: Space>(key: *const Self, space: S) -> Result<u64, S::Error> {
        // SAFETY: the caller promises that the key is valid for reads; the bytes are not used afterwards.
        Ok(hash(unsafe { (*key).0.as_slice_in(space) }?))
    }
}
