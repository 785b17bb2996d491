//! Types whose values may lie in a space.

use core::marker::PhantomData;

use crate::space::Space;

/// A type whose values may lie in storage: a fixed layout, valid whatever the bytes are, without addresses.
///
/// | in place of | write |
/// |---|---|
/// | `Vec<T>`, `Box<[T]>`, `VecDeque<T>` | [`List<T>`](crate::List), for bytes [`Bytes`](crate::Bytes) |
/// | `String`, `&str` | [`Str`](crate::Str) |
/// | `HashMap<K, V>`, `HashSet<K>` | [`Map<K, V>`](crate::Map), [`Set<K>`](crate::Set) |
/// | `BTreeMap<K, V>`, `BTreeSet<K>` | [`SortedMap<K, V>`](crate::SortedMap), [`SortedSet<K>`](crate::SortedSet) |
/// | `bool` | [`Flag`] |
/// | `Option<T>` | a [`Flag`] beside the value, or a value that means "none" |
/// | `char`, an enum | its number, `u32` or `u8`, converted by `TryFrom` |
/// | `usize`, a tuple | `u32` or `u64`, a `#[repr(C)]` struct |
///
/// Values in storage are never dropped. An element that leaves a container is [released](Self::release).
///
/// # Safety
///
/// - Every pattern of bits is a valid value, and all bits zero an empty one.
/// - The layout is fixed (`repr(C)`, `repr(transparent)`) and has no padding. The alignment is at most 16.
/// - It holds no address: neither pointers nor references, nor anything that owns memory outside of the space.
/// - It has no drop glue. `release` frees every block that the value owns, and leaves the value empty; `OWNS` is true if there may be any.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lie in storage",
    label = "not a type for storage",
    note = "write `List<T>` for `Vec<T>`, `Bytes` for `Vec<u8>`, `Str` for `String` and `&str`, `Map`, `Set`, `SortedMap`, `SortedSet` for std's maps and sets",
    note = "write `Flag` for `bool`, a number for `char` and enums, `u32` or `u64` for `usize`, a `#[repr(C)]` struct for tuples; `Box` and references have no place in storage"
)]
pub unsafe trait Stored: Sized {
    /// True if a value may own blocks of the heap.
    const OWNS: bool = false;

    /// Frees every block that the value owns, and leaves the value empty.
    ///
    /// # Safety
    ///
    /// `this` is valid for reads and writes, and its blocks are of the heap of `space`.
    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        let _ = (this, space);
        Ok(())
    }
}

macro_rules! plain {
    ($($type:ty)*) => {$(
        // SAFETY: a number without padding, of which every pattern of bits is valid.
        unsafe impl Stored for $type {}
    )*};
}

plain! { u8 i8 u16 i16 u32 i32 u64 i64 u128 i128 f32 f64 }

// SAFETY: it has no bytes.
unsafe impl Stored for () {}

// SAFETY: it has no bytes.
unsafe impl<T> Stored for PhantomData<T> {}

// SAFETY: the elements lie one after the other without padding, and each is released.
unsafe impl<T: Stored, const N: usize> Stored for [T; N] {
    const OWNS: bool = T::OWNS;

    unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
        if T::OWNS {
            for index in 0..N {
                // SAFETY: the index is within the array, which is valid for reads and writes.
                unsafe { T::release(this.cast::<T>().add(index), space) }?;
            }
        }
        Ok(())
    }
}

/// A `bool` for storage: one byte, false if it is 0.
#[repr(transparent)]
#[derive(Clone, Copy, Default)]
pub struct Flag(u8);

// SAFETY: one byte, of which every value is valid.
unsafe impl Stored for Flag {}

impl Flag {
    /// Returns the flag with this value.
    pub const fn new(value: bool) -> Self {
        Self(value as u8)
    }

    /// Returns the value.
    pub const fn get(self) -> bool {
        self.0 != 0
    }

    /// Sets the value.
    pub const fn set(&mut self, value: bool) {
        self.0 = value as u8;
    }
}

impl PartialEq for Flag {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Flag {}

impl PartialEq<bool> for Flag {
    fn eq(&self, other: &bool) -> bool {
        self.get() == *other
    }
}

impl From<bool> for Flag {
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag.get()
    }
}

impl core::fmt::Debug for Flag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.get().fmt(f)
    }
}
