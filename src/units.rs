//! Units as types: an address, an index, a count and a size are different things.

#[cfg(feature = "serde")]
pub(crate) mod serial;

use std::fmt;
use std::str::FromStr;

/// Bytes in a storage page.
pub const PAGE_SIZE: usize = 4096;

/// Storage pages in one WebAssembly page (64 KiB).
pub const STORAGE_PAGES_PER_WASM_PAGE: u32 = 16;

/// The bytes of one storage page.
pub type PageBytes = [u8; PAGE_SIZE];

/// Text that is not the hex form of a fixed number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {length} bytes of hex (with or without 0x)")]
pub struct HexError {
    /// What was given.
    pub text: String,
    /// How many bytes were wanted.
    pub length: usize,
}

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        ///
        #[doc = concat!(stringify!($length), " bytes; written as hex with `0x`, read with or without.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// All bytes zero.
            pub const ZERO: Self = Self([0; $length]);

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl From<$name> for [u8; $length] {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::ZERO
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&const_hex::encode_prefixed(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                let mut bytes = [0; $length];
                match const_hex::decode_to_slice(text, &mut bytes) {
                    Ok(()) => Ok(Self(bytes)),
                    Err(_) => Err(HexError { text: text.to_owned(), length: $length }),
                }
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serial::name::serialize(self, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serial::name::deserialize(deserializer)
            }
        }
    };
}

bytes_type! {
    /// The name of an account: a contract, or somebody who sends transactions.
    Address, 20
}
bytes_type! {
    /// SHA-256 of a contract's wasm bytes as deployed.
    CodeHash, 32
}
bytes_type! {
    /// SHA-256 over one page's address, index and content; zero for a page that is all zero.
    PageHash, 32
}
bytes_type! {
    /// The root of the binary tree over all page hashes of a contract; zero when no page is stored.
    StateRoot, 32
}

bytes_type! {
    /// The root of the tree over all accounts; zero when there is none.
    WorldRoot, 32
}

macro_rules! number_type {
    ($(#[$doc:meta])* $name:ident, $inner:ty, written as $written:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serial::$written::serialize(&self.0, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serial::$written::deserialize(deserializer).map(Self)
            }
        }
    };
}

number_type! {
    /// Which page of a contract's storage: 0 to 2^20 - 1.
    PageIndex, u32, written as number
}
number_type! {
    /// How many storage pages.
    PageCount, u32, written as number
}
number_type! {
    /// A byte address in a contract's storage: 0 to 2^32.
    ByteOffset, u64, written as number
}
number_type! {
    /// Work paid for: roughly one unit for each original wasm instruction.
    Gas, u64, written as decimal
}
number_type! {
    /// How often a contract's storage has changed since it was deployed (0).
    Version, u64, written as number
}
number_type! {
    /// The store-wide number of a committed top-level call; the first is 1.
    CommitNumber, u64, written as number
}

impl PageIndex {
    /// The page that holds a byte, or nothing beyond 4 GiB.
    pub fn containing(offset: ByteOffset) -> Option<Self> {
        u32::try_from(offset.0).ok().map(|offset| Self(offset / PAGE_SIZE as u32))
    }

    /// Where the page begins.
    pub fn start(self) -> ByteOffset {
        ByteOffset(u64::from(self.0) * PAGE_SIZE as u64)
    }
}

impl PageCount {
    /// The size of that many pages in bytes.
    pub fn bytes(self) -> u64 {
        u64::from(self.0) * PAGE_SIZE as u64
    }

    /// Whether a page lies below this limit.
    pub fn contains(self, page: PageIndex) -> bool {
        page.0 < self.0
    }
}
