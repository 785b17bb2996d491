//! The linear space of bytes in which containers lie, and access to its parts.

use core::convert::Infallible;
use core::fmt;

use crate::stored::Stored;

/// A linear space of bytes, addressed by offsets from its base.
///
/// Containers reach the space through [`read`](Self::read) and [`write`](Self::write) alone, and name each range before they use it.
/// So a space can bring in pages, keep pre-images, or end an operation with an error of its own.
///
/// # Safety
///
/// - `read` and `write` return an error, do not return, or return a pointer to the bytes at the offset, which is valid for reads (and,
///   from `write`, for writes) of `length` bytes for as long as the space is used.
/// - The byte at an offset has the same address at all times. That of offset 0 is a multiple of 16.
/// - Nothing else accesses the bytes while an operation runs, except through references that the containers returned.
pub unsafe trait Space: Copy {
    /// Why an operation ends early. [`Infallible`] for a space that panics.
    type Error;

    /// Returns the number of bytes of the space, at most 4 GiB.
    fn size(self) -> u64;

    /// Makes a range of bytes ready for reading.
    fn read(self, offset: u32, length: u32) -> Result<*const u8, Self::Error>;

    /// Makes a range of bytes ready for reading and writing.
    fn write(self, offset: u32, length: u32) -> Result<*mut u8, Self::Error>;

    /// Turns a failure into an error, or panics.
    fn fail(self, failure: Failure) -> Self::Error;
}

/// Why a container or the heap cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// An access outside of the space.
    Outside,
    /// No free page is left in the space.
    Full,
    /// A block of more than 16,646,144 bytes (4,064 pages), or more elements than a container can count.
    TooLarge,
    /// The head of the heap, or its records of pages and blocks, were overwritten.
    HeapDamaged,
    /// A node of a container was overwritten.
    NodeDamaged,
    /// The bytes of a [`Str`](crate::Str) are not UTF-8.
    NotText,
}

impl Failure {
    /// Returns the failure as a sentence without a full stop.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Outside => "a container reaches outside of the storage: it was overwritten",
            Self::Full => "the storage is full: no page below its page limit is free",
            Self::TooLarge => {
                "a block of the storage can have at most 16646144 bytes, and a container at most 4294967295 elements"
            }
            Self::HeapDamaged => "the heap of the storage was overwritten",
            Self::NodeDamaged => "a container in the storage was overwritten",
            Self::NotText => "a string in the storage is not UTF-8: it was overwritten",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Failure {}

/// A space in memory at a fixed address. A failure panics with its message.
#[derive(Debug, Clone, Copy)]
pub struct Linear {
    base: *mut u8,
    size: u64,
}

impl Linear {
    /// Returns the space of `size` bytes at `base`.
    ///
    /// # Safety
    ///
    /// `base` is a multiple of 16 and valid for reads and writes of `size` bytes for as long as the space is used. Nothing else
    /// accesses the bytes while an operation runs, except through references that the containers returned.
    pub const unsafe fn new(base: *mut u8, size: u64) -> Self {
        Self { base, size }
    }

    #[inline]
    fn at(self, offset: u32, length: u32) -> *mut u8 {
        if u64::from(offset) + u64::from(length) > self.size {
            panic!("{}", Failure::Outside.message());
        }
        // SAFETY: `offset` is at most `size`, and `new` promises that many bytes at `base`.
        unsafe { self.base.add(offset as usize) }
    }
}

// SAFETY: `at` returns pointers into the bytes that `new` promises, and panics outside of them. `base` never changes.
unsafe impl Space for Linear {
    type Error = Infallible;

    #[inline]
    fn size(self) -> u64 {
        self.size
    }

    #[inline]
    fn read(self, offset: u32, length: u32) -> Result<*const u8, Infallible> {
        Ok(self.at(offset, length))
    }

    #[inline]
    fn write(self, offset: u32, length: u32) -> Result<*mut u8, Infallible> {
        Ok(self.at(offset, length))
    }

    #[cold]
    fn fail(self, failure: Failure) -> Infallible {
        panic!("{}", failure.message())
    }
}

/// Returns a pointer to a value for reading, if it is aligned.
#[inline(always)]
pub(crate) fn place<T: Stored, S: Space>(space: S, offset: u32) -> Result<*const T, S::Error> {
    if !(offset as usize).is_multiple_of(align_of::<T>()) {
        return Err(space.fail(Failure::NodeDamaged));
    }
    Ok(space.read(offset, size_of::<T>() as u32)?.cast())
}

/// Returns a pointer to a value for reading and writing, if it is aligned.
#[inline(always)]
pub(crate) fn place_mut<T: Stored, S: Space>(space: S, offset: u32) -> Result<*mut T, S::Error> {
    if !(offset as usize).is_multiple_of(align_of::<T>()) {
        return Err(space.fail(Failure::NodeDamaged));
    }
    Ok(space.write(offset, size_of::<T>() as u32)?.cast())
}

#[inline(always)]
pub(crate) fn get<T: Stored + Copy, S: Space>(space: S, offset: u32) -> Result<T, S::Error> {
    let place = place::<T, S>(space, offset)?;
    // SAFETY: `place` is aligned (16 divides the base's address) and valid for reads; every pattern of bits is a `T`.
    Ok(unsafe { place.read() })
}

#[inline(always)]
pub(crate) fn set<T: Stored + Copy, S: Space>(space: S, offset: u32, value: T) -> Result<(), S::Error> {
    let place = place_mut::<T, S>(space, offset)?;
    // SAFETY: `place` is aligned and valid for writes.
    unsafe { place.write(value) };
    Ok(())
}

/// Copies bytes within the space. The ranges may overlap.
#[inline(always)]
pub(crate) fn copy<S: Space>(space: S, from: u32, to: u32, length: u32) -> Result<(), S::Error> {
    if length > 0 {
        let (from, to) = (space.read(from, length)?, space.write(to, length)?);
        // SAFETY: both ranges are valid for `length` bytes.
        unsafe { to.copy_from(from, length as usize) };
    }
    Ok(())
}

#[inline(always)]
pub(crate) fn zero<S: Space>(space: S, offset: u32, length: u32) -> Result<(), S::Error> {
    if length > 0 {
        let at = space.write(offset, length)?;
        // SAFETY: the range is valid for writes of `length` bytes.
        unsafe { at.write_bytes(0, length as usize) };
    }
    Ok(())
}

/// Adds to an offset.
#[inline]
pub(crate) fn add<S: Space>(space: S, offset: u32, bytes: u32) -> Result<u32, S::Error> {
    offset.checked_add(bytes).ok_or_else(|| space.fail(Failure::Outside))
}
