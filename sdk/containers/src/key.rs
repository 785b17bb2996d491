//! Types by which maps and sets find their entries.

use core::cmp::Ordering;

use crate::hash::{hash, hash_integer};
use crate::space::Space;
use crate::stored::Stored;

/// A type of keys.
///
/// Maps hash keys, sorted maps order them. A map is asked by a `Query`: for most keys the key itself, for [`Str`](crate::Str) a `str`,
/// for [`Bytes`](crate::Bytes) a slice.
///
/// # Safety
///
/// The functions are deterministic, agree with each other, and `query` returns a reference to what the key holds. Two keys are equal
/// if and only if their order is [`Ordering::Equal`], and equal keys have equal hashes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a map or set in storage",
    note = "keys are integers, `[u8; N]`, `Str` for `String` and `&str`, `Bytes` for `Vec<u8>`"
)]
pub unsafe trait Key: Stored {
    /// What an entry is looked up by.
    type Query: ?Sized;

    /// Returns the hash of a query, best by [`hash_integer`] or [`hash`]: all 64 bits are used.
    fn hash(query: &Self::Query) -> u64;

    /// Returns what a key holds.
    ///
    /// # Safety
    ///
    /// `key` is valid for reads, its blocks are of the heap of `space`, and neither is written for as long as the result is used.
    unsafe fn query<'a, S: Space>(key: *const Self, space: S) -> Result<&'a Self::Query, S::Error>;

    /// Compares a query with a key.
    ///
    /// # Safety
    ///
    /// `key` is valid for reads, and its blocks are of the heap of `space`.
    unsafe fn compare<S: Space>(query: &Self::Query, key: *const Self, space: S) -> Result<Ordering, S::Error>;

    /// Tells if a query equals a key.
    ///
    /// # Safety
    ///
    /// As for [`compare`](Self::compare).
    #[inline]
    unsafe fn equals<S: Space>(query: &Self::Query, key: *const Self, space: S) -> Result<bool, S::Error> {
        // SAFETY: the caller's part is the same.
        Ok(unsafe { Self::compare(query, key, space) }?.is_eq())
    }

    /// Returns the hash of a key.
    ///
    /// # Safety
    ///
    /// As for [`compare`](Self::compare).
    #[inline]
    unsafe fn hash_of<S: Space>(key: *const Self, space: S) -> Result<u64, S::Error> {
        // SAFETY: the caller's part is the same, and the result is not used afterwards.
        Ok(Self::hash(unsafe { Self::query(key, space) }?))
    }
}

macro_rules! plain_keys {
    ($([$($generic:tt)*] $type:ty: $hash:expr;)*) => {$(
        // SAFETY: a key is its own query, and `Ord` of these types is total and agrees with equality of bytes.
        unsafe impl<$($generic)*> Key for $type {
            type Query = Self;

            #[inline]
            fn hash(query: &Self) -> u64 {
                $hash(query)
            }

            #[inline]
            unsafe fn query<'a, S: Space>(key: *const Self, _: S) -> Result<&'a Self, S::Error> {
                // SAFETY: the caller promises that the key is valid for reads and not written.
                Ok(unsafe { &*key })
            }

            #[inline]
            unsafe fn compare<S: Space>(query: &Self, key: *const Self, _: S) -> Result<Ordering, S::Error> {
                // SAFETY: the caller promises that the key is valid for reads.
                Ok(query.cmp(unsafe { &*key }))
            }

            #[inline]
            unsafe fn equals<S: Space>(query: &Self, key: *const Self, _: S) -> Result<bool, S::Error> {
                // SAFETY: the caller promises that the key is valid for reads.
                Ok(*query == unsafe { *key })
            }
        }
    )*};
}

plain_keys! {
    [] u8: |it: &u8| hash_integer(*it as u64);
    [] i8: |it: &i8| hash_integer(*it as u64);
    [] u16: |it: &u16| hash_integer(*it as u64);
    [] i16: |it: &i16| hash_integer(*it as u64);
    [] u32: |it: &u32| hash_integer(*it as u64);
    [] i32: |it: &i32| hash_integer(*it as u64);
    [] u64: |it: &u64| hash_integer(*it);
    [] i64: |it: &i64| hash_integer(*it as u64);
    [] u128: |it: &u128| hash(&it.to_le_bytes());
    [] i128: |it: &i128| hash(&it.to_le_bytes());
    [const N: usize] [u8; N]: |it: &[u8; N]| hash(it);
}
