//! Units as types, so that an address, an index, a count and a size cannot be confused.

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

/// Text that is not hex of a fixed number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {length} bytes of hex (with or without 0x)")]
pub struct HexError {
    /// The rejected text.
    pub text: String,
    /// The expected number of bytes.
    pub length: usize,
}

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        ///
        #[doc = concat!(stringify!($length), " bytes, written as hex with `0x` and read with or without.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// The value whose bytes are all zero.
            pub const ZERO: Self = Self([0; $length]);

            /// Returns the bytes.
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
    /// The address of an account: of a contract, or of an account without code.
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
    /// The root of the state tree over all page hashes of a contract; zero if no page is stored.
    StateRoot, 32
}

bytes_type! {
    /// The root of the world tree over all accounts; zero if there are no accounts.
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
    /// The index of a page in a contract's storage: 0 to 2^20 - 1.
    PageIndex, u32, written as number
}
number_type! {
    /// A number of storage pages.
    PageCount, u32, written as number
}
number_type! {
    /// A byte address in a contract's storage: 0 to 2^32.
    ByteOffset, u64, written as number
}
number_type! {
    /// An amount of gas: about one unit for each instruction of the code as deployed.
    Gas, u64, written as decimal
}
number_type! {
    /// The number of times that a contract's storage has changed; 0 after deployment.
    Version, u64, written as number
}
number_type! {
    /// The number of a commit in its store; the first is 1.
    CommitNumber, u64, written as number
}

impl PageIndex {
    /// Returns the page that contains a byte; `None` beyond 4 GiB.
    pub fn containing(offset: ByteOffset) -> Option<Self> {
        u32::try_from(offset.0).ok().map(|offset| Self(offset / PAGE_SIZE as u32))
    }

    /// Returns the offset of the page's first byte.
    pub fn start(self) -> ByteOffset {
        ByteOffset(u64::from(self.0) * PAGE_SIZE as u64)
    }
}

impl PageCount {
    /// Returns the size of this many pages in bytes.
    pub fn bytes(self) -> u64 {
        u64::from(self.0) * PAGE_SIZE as u64
    }

    /// Returns true if a page is below this limit.
    pub fn contains(self, page: PageIndex) -> bool {
        page.0 < self.0
    }
}
