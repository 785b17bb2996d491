//! Encoding and decoding of records. Integers are little-endian, or LEB128 varints where small values are common (seven bits
//! per byte, low bits first; the top bit is set in all bytes but the last).
//!
//! ```text
//! sealed record:  body ‖ checksum u64      checksum = xxh3(body) xor xxh3(key) rotated by 32 bits
//! ```
//! The checksum covers the key, so a record under another record's key is found to be damaged. Decoding never panics and never
//! allocates more than the record's length.

use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a checksum.
pub(crate) const CHECKSUM_BYTES: usize = 8;

/// The reason why bytes are not a valid record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The checksum does not match: the bytes are not those that were written.
    #[error("its checksum does not match")]
    Checksum,
    /// The hash of the bytes is not the hash that names the record.
    #[error("its bytes do not match its hash")]
    Hash,
    /// The record ends too early.
    #[error("it ends too early")]
    Truncated,
    /// Bytes follow the record's end.
    #[error("{0} bytes follow its end")]
    Trailing(usize),
    /// A value is out of range, or an integer is not in its shortest encoding.
    #[error("its {0} is not valid")]
    Invalid(&'static str),
    /// The file has a format version that this program does not read.
    #[error("it has format version {found}; this program reads format version {supported}")]
    Form {
        /// The format version of the file.
        found: u8,
        /// The only format version that this program reads.
        supported: u8,
    },
    /// Another record refers to a record that does not exist.
    #[error("it is missing")]
    Missing,
}

/// Returns the checksum of a record, over its key and its body.
pub(crate) fn checksum(key: &[u8], body: &[u8]) -> u64 {
    xxh3_64(body) ^ xxh3_64(key).rotate_left(32)
}

/// Verifies the checksum of a sealed record. Returns the body.
pub(crate) fn unseal<'a>(key: &[u8], record: &'a [u8]) -> Result<&'a [u8], DecodeError> {
    let (body, sum) = record.split_last_chunk::<CHECKSUM_BYTES>().ok_or(DecodeError::Truncated)?;
    if u64::from_le_bytes(*sum) == checksum(key, body) { Ok(body) } else { Err(DecodeError::Checksum) }
}

/// Encodes a record.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Creates a writer with a capacity in bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    pub(crate) fn varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.u8(value as u8)
    }

    /// Appends bytes without their length, which the reader must know.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends zeros, and returns them to be overwritten.
    pub(crate) fn space(&mut self, bytes: usize) -> &mut [u8] {
        let start = self.bytes.len();
        self.bytes.resize(start + bytes, 0);
        &mut self.bytes[start..]
    }

    /// Bytes after their number.
    pub(crate) fn sized(&mut self, bytes: &[u8]) -> &mut Self {
        self.varint(bytes.len() as u64).raw(bytes)
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Appends the checksum of a record that will be stored under `key`, and returns the record.
    pub(crate) fn seal(&mut self, key: &[u8]) -> Vec<u8> {
        let sum = checksum(key, &self.bytes);
        self.raw(&sum.to_le_bytes()).finish()
    }
}

/// Decodes a record.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Reads a varint. Refuses encodings that are not the shortest, so that each value has one encoding.
    pub(crate) fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return Err(DecodeError::Invalid("number"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Invalid("number"))
    }

    /// Reads the next `length` bytes.
    pub(crate) fn raw(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Bytes after their number.
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.varint()?).map_err(|_| DecodeError::Truncated)?;
        self.raw(length)
    }

    /// Returns the remaining bytes.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Returns an error if bytes remain.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(self.rest.len())) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_comes_back_and_has_one_form(value: u64) {
            let bytes = Writer::new().varint(value).finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.varint(), Ok(value));
            prop_assert!(reader.is_empty());
            let mut longer = bytes.clone();
            *longer.last_mut().unwrap() |= 0x80;
            longer.push(0);
            prop_assert!(Reader::new(&longer).varint().is_err());
        }

        #[test]
        fn any_bytes_read_without_a_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.varint().is_ok() {}
            let _ = Reader::new(&bytes).sized();
            let _ = unseal(b"key", &bytes);
        }

        #[test]
        fn a_sealed_record_opens_under_its_own_key_only(body: Vec<u8>, bit: usize) {
            let mut record = Writer::new().raw(&body).seal(b"key");
            prop_assert_eq!(unseal(b"key", &record), Ok(&body[..]));
            prop_assert_eq!(unseal(b"kex", &record), Err(DecodeError::Checksum));
            let bit = bit % (record.len() * 8);
            record[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(unseal(b"key", &record), Err(DecodeError::Checksum));
        }
    }
}
